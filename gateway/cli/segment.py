"""`santong segment`: people by conditions, kept in files and under names."""

from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.segment.records import Segment
from capabilities.segment.words import in_words
from gateway.cli.console import console
from gateway.cli.given import author
from gateway.cli.segment_export import export
from gateway.cli.segment_file import given_segment, read_file
from gateway.cli.store import at_owned
from store.owned import Owned
from store.profile.segment_people import SegmentPeople
from store.profile.segments import Segments

app = typer.Typer(name="segment", help="People by conditions.", no_args_is_help=True)
app.command()(export)
File = Annotated[Path, typer.Argument(help="A YAML or JSON file with `name`, `title`, `where`.")]
NameOrFile = Annotated[
    str, typer.Argument(metavar="NAME_OR_FILE", help="Name of a segment, or a file of one.")
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the segment.")]
Reason = Annotated[str, typer.Option(help="Why, for its history.")]
_COUNT_SECONDS = 600.0


@app.command()
def check(file: File) -> None:
    """Read a file of a segment and say in words whom it means."""
    draft = read_file(file)
    for language in ("zh-CN", "en"):
        typer.echo(f"{draft.name}: {in_words(draft.where, language)}")


@app.command()
def put(file: File, reason: Reason) -> None:
    """Keep the segment of a file, as the next version of its name."""
    draft = read_file(file)

    async def work(owned: Owned) -> Segment:
        await SegmentPeople(owned.store, owned.brand, owned.zone, owned.key).check(draft.where)
        segments = Segments(owned.store, owned.brand)
        return await owned.store.transaction(
            lambda run: segments.put_in(run, draft, author=author(), reason=reason, at=owned.now())
        )

    kept = at_owned(work)
    typer.echo(f"{kept.name} is kept as version {kept.version}")


@app.command(name="list")
def show() -> None:
    """Show every segment in force."""
    table = Table("name", "version", "changed", "by", "reason", "whom it means")
    for one in at_owned(lambda owned: Segments(owned.store, owned.brand).all()):
        changed = f"{one.changed_at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
        told = (one.author, one.reason, in_words(one.where, "en"))
        table.add_row(one.name, str(one.version), changed, *map(Text, told))
    console.print(table)


@app.command()
def count(name_or_file: NameOrFile) -> None:
    """Count a segment's people to the end."""

    async def work(owned: Owned) -> int:
        where = (await given_segment(owned, name_or_file)).where
        people = SegmentPeople(owned.store, owned.brand, owned.zone, owned.key)
        return (await people.count(where, owned.now())).people

    with console.status("counting"):
        found = at_owned(work, seconds=_COUNT_SECONDS)
    typer.echo(str(found))


@app.command()
def remove(name: Name, reason: Reason) -> None:
    """Take a segment away; its versions stay in its history."""

    async def work(owned: Owned) -> Segment | None:
        segments = Segments(owned.store, owned.brand)
        return await owned.store.transaction(
            lambda run: segments.remove_in(
                run, name, author=author(), reason=reason, at=owned.now()
            )
        )

    if at_owned(work) is None:
        raise BadInput(f"there is no segment {name!r}", code="SEGMENT_UNKNOWN")
    typer.echo(f"{name} is taken away")
