"""`santong consent`: the words that people consent to, and what one person answered."""

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.member.consent import Consent, ConsentPurpose, ConsentText
from gateway.cli.console import console
from gateway.cli.given import author, read_text
from gateway.cli.store import at_owned

if TYPE_CHECKING:
    from store.owned import Owned

app = typer.Typer(name="consent", help="What people consent to.", no_args_is_help=True)
Purpose = Annotated[ConsentPurpose, typer.Argument(metavar="PURPOSE", help="What for.")]


@app.command(name="add-text")
def add_text(
    purpose: Purpose,
    version: Annotated[str, typer.Argument(metavar="VERSION", help="Name of this version.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The words, as people see them.")],
) -> None:
    """Keep a version of the words; it stands for them for ever."""
    words = read_text(file)

    async def kept(owned: "Owned") -> bool:
        from store.privacy.consents import Consents  # noqa: PLC0415  # only this group needs it

        consents = Consents(owned.store, owned.brand)
        return await consents.add_text(purpose, version, words, by=author(), at=owned.now())

    if not at_owned(kept):
        message = f"version {version!r} of {purpose.value} stands for other words already"
        raise BadInput(message, code="CONSENT_TEXT_KEPT")
    typer.echo(f"{purpose.value} {version} is kept")


@app.command()
def texts() -> None:
    """List every version of the words, the newest of a purpose first."""

    async def found(owned: "Owned") -> list[ConsentText]:
        from store.privacy.consents import Consents  # noqa: PLC0415  # as above

        return await Consents(owned.store, owned.brand).texts()

    table = Table("purpose", "version", "since", "by", "sha256")
    for one in at_owned(found):
        since = f"{one.added_at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
        table.add_row(one.purpose.value, one.version, since, one.added_by, one.sha256[:16])
    console.print(table)


@app.command()
def history(
    one_id: Annotated[str, typer.Argument(metavar="ONEID", help="OneID of the person.")],
) -> None:
    """Show everything that a person answered, the newest first."""

    async def found(owned: "Owned") -> list[Consent]:
        from store.privacy.consents import Consents  # noqa: PLC0415  # as above

        return (await Consents(owned.store, owned.brand).history([one_id]))[0]

    table = Table("at", "purpose", "medium", "answer", "text", "source", "membership", "by")
    for one in at_owned(found):
        key = one.membership
        words = (
            f"{one.at.astimezone(UTC):%Y-%m-%d %H:%M}Z",
            one.purpose.value,
            one.medium.value,
            one.status.value,
            one.text_version or "",
            one.source,
            "" if key is None else f"{key.channel} {key.number}",
            one.author or "",
        )
        table.add_row(*map(Text, words))
    console.print(table)
