"""`santong operations openapi`: the description of the resources, and what is wrong with them."""

from pathlib import Path
from typing import Annotated

import typer

from capabilities.errors import BadInput
from gateway.cli.console import aside
from gateway.cli.environment import command_settings
from gateway.cli.operations_known import KnownTexts, known_texts, listed_texts


def openapi(
    to: Annotated[
        Path | None, typer.Option("--to", help="File to write; standard output where absent.")
    ] = None,
) -> None:
    """Check the file of SANTONG_RESOURCES and write OpenAPI 3.1 of what it publishes."""
    from gateway.execution.configured import configured_documents  # noqa: PLC0415  # slow to import
    from gateway.federation.estate_file import read_estate  # noqa: PLC0415  # as above
    from gateway.rest.declared import read_resources  # noqa: PLC0415  # as above
    from gateway.rest.described import description  # noqa: PLC0415  # as above
    from gateway.rest.published import in_force  # noqa: PLC0415  # as above

    settings = command_settings()
    if settings.resources is None or not settings.resources.name:
        raise BadInput("SANTONG_RESOURCES names no file of resources", code="RESOURCES_MISSING")
    declared = read_resources(settings.resources)
    with aside.status("reading the contract"):
        documents = configured_documents(settings)
    now = in_force(declared, KnownTexts(listed=listed_texts(settings)), documents)
    if now.waiting:  # what only the store knows
        now = in_force(declared, known_texts(settings), documents)
    for place in now.waiting:
        aside.print(f"[yellow]waits for its operation[/] {place}", highlight=False)
    text = description(now, read_estate(settings.estate).brand).decode()
    if to is None:
        typer.echo(text)
    else:
        to.write_text(text + "\n", "utf-8")
        typer.echo(f"{to}: {len(now.resources)} resources")
    if now.waiting:
        raise typer.Exit(1)
