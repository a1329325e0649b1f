"""`santong manifest`: check a manifest, start one, and the schema for an editor."""

import re
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.console import console

app = typer.Typer(
    name="manifest", no_args_is_help=True, help="Manifests: how a system is spoken to and mapped."
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")

File = Annotated[Path, typer.Argument(help="A manifest.yaml, or its folder.")]


@app.command()
def check(file: File) -> None:
    """Say everything that is wrong with a manifest, each fault with its line and column."""
    from connectors.manifest import ManifestError, load_file  # noqa: PLC0415  # slow to import

    path = file / "manifest.yaml" if file.is_dir() else file
    try:
        system = load_file(path)
    except OSError as exc:
        console.print(f"[red]✗[/] {path} cannot be read: {exc.strerror}")
        raise typer.Exit(1) from exc
    except ManifestError as exc:
        for fault in exc.faults:
            console.print(f"[red]✗[/] {fault}", soft_wrap=True, highlight=False, markup=True)
        some = f"{len(exc.faults)} faults" if len(exc.faults) > 1 else "1 fault"
        console.print(f"{some}; docs/reference/manifest.md has every key")
        raise typer.Exit(1) from exc
    sections = ", ".join(system.sections)
    console.print(f"[green]✓[/] {system.manifest.title}: {sections}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of manifests, for editors."""
    from connectors.manifest.schema import render_schema  # noqa: PLC0415  # as above

    typer.echo(render_schema(), nl=False)


@app.command()
def new(
    system: Annotated[str, typer.Argument(help="The system's own name, such as acme_pos.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="A description: OData $metadata, OpenAPI, a WSDL, a GraphQL introspection; "
            "or a database, as postgresql://user@host/name.",
        ),
    ] = None,
    like: Annotated[str | None, typer.Option(help="A system that ships, to start from.")] = None,
    entity: Annotated[
        list[str] | None,
        typer.Option(help="What fills a section, as orders=NAME; where the names do not tell."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A folder to write into; printed without.")
    ] = None,
) -> None:
    """Write a commented manifest to start from."""
    from capabilities.errors import SantongError  # noqa: PLC0415  # as above

    try:
        text = _drafted(system, source, like, entity or [])
    except (SantongError, OSError) as exc:
        reason = exc.message if isinstance(exc, SantongError) else f"{source}: {exc.strerror}"
        console.print(f"[red]✗[/] {reason}", soft_wrap=True, highlight=False)
        raise typer.Exit(1) from exc
    if out is None:
        typer.echo(text, nl=False)
        return
    file = out / system / "manifest.yaml"
    if file.exists():
        console.print(f"[red]✗[/] {file} is there already; a draft overwrites nothing")
        raise typer.Exit(1)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    console.print(f"[green]✓[/] {file}; go on with `santong manifest check {file}`")


def _drafted(system: str, source: str | None, like: str | None, entities: list[str]) -> str:
    from connectors.drafting import DraftError, draft, draft_like, read_outline  # noqa: PLC0415
    from connectors.drafting.choosing import renamed  # noqa: PLC0415  # as above
    from connectors.protocols.sql.describing import read_tables  # noqa: PLC0415  # as above

    if not _NAME.fullmatch(system):
        raise DraftError(f"{system!r} is no name of a system; write small letters, digits and _")
    if (source is None) == (like is None):
        raise DraftError("say one of --from and --like")
    if like is not None:
        return draft_like(like, system)
    chosen = dict(one.split("=", 1) for one in entities if "=" in one)
    if len(chosen) != len(entities):
        raise DraftError("an entity is given as SECTION=NAME, such as orders=Verkauf")
    assert source is not None  # noqa: S101 - one of the two is given
    if "://" in source and not source.startswith("http"):
        outline = read_tables(source, tuple(chosen.values()))
    else:
        outline = read_outline(Path(source).read_bytes())
    return draft(renamed(outline, chosen), system)
