"""`santong member export`: a person's own copy of what is kept of her, as JSON and to be read."""

import html
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from capabilities.audit import Entry
from capabilities.errors import BadInput
from gateway.cli.console import step
from gateway.cli.given import author
from gateway.cli.store import at_owned
from gateway.redact import redacted_text

if TYPE_CHECKING:
    from store.owned import Owned

_SECONDS = 60.0
_PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{title}</title>
<style>body{{font:15px system-ui;margin:2rem}}table{{border-collapse:collapse;margin:0 0 2rem}}
td,th{{border:1px solid #ccc;padding:.25rem .5rem;text-align:left}}</style>
<h1>{title}</h1>{body}</html>
"""


def export(
    one_id: Annotated[str, typer.Argument(metavar="ONEID", help="OneID of the person.")],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the copy is written.")],
    reason: Annotated[str, typer.Option(help="Why, such as a ticket's number.")],
) -> None:
    """Write everything that is kept of a person, in the clear, as JSON and as a page."""

    async def found(owned: "Owned") -> tuple[str, Mapping[str, Any]] | None:
        from store.access.audit import Audit  # noqa: PLC0415  # only this command needs it
        from store.privacy.data_keys import DataKeys  # noqa: PLC0415  # as above
        from store.privacy.person_export import PersonExport  # noqa: PLC0415  # as above

        keys = DataKeys(owned.brand, owned.sealer)
        known = await PersonExport(owned.store, owned.brand, keys, owned.key).of(one_id)
        if known is not None:
            entry = Entry(
                action="member.exported",
                actor=author(),
                about=known[0],
                reason=redacted_text(reason),
            )
            await Audit(owned.store, owned.brand).record(entry)
        return known

    with step("reading what is kept"):
        copy = at_owned(found, seconds=_SECONDS)
    if copy is None:
        raise BadInput(f"nobody is known by {one_id!r}", code="MEMBER_UNKNOWN")
    name, sections = copy
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(sections), indent=2)
    for path, content in (
        (folder / f"{name}.json", text),
        (folder / f"{name}.html", page_of(name, sections).encode()),
    ):
        _write(path, content)
        typer.echo(f"{path}  {len(content)} bytes")


def page_of(title: str, sections: Mapping[str, Any]) -> str:
    """The copy as a page; every value is text, whatever it holds."""
    body = []
    for name, rows in sections.items():
        heads = "".join(f"<th>{html.escape(key)}</th>" for key in rows[0])
        lines = "".join(
            f"<tr>{''.join(f'<td>{html.escape(str(value))}</td>' for value in row.values())}</tr>"
            for row in rows
        )
        body.append(f"<h2>{html.escape(name)}</h2><table><tr>{heads}</tr>{lines}</table>")
    return _PAGE.format(title=html.escape(title), body="".join(body))


def _write(path: Path, content: bytes) -> None:
    """A file that its owner alone reads."""
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(opened, "wb") as file:
        file.write(content)
