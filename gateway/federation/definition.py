"""One connector as a text of its own: a file of the operator's folder, or a registered one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from capabilities.estate import ConnectorOrigin, ConnectorSpec
from connectors.manifest import read_manifest
from gateway.federation.connector_row import ChannelRow, ConnectorRow, check_word, convert
from gateway.federation.written import Written, parse_written

# A large manifest has some 30 kB; reading YAML takes a processor some 10 µs a byte.
MAX_CHARACTERS = 100_000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A definition as it lies where it lies; `sealed` holds its secrets that are kept sealed.

    `place` is unique and stands in faults; `name` is what its connector is meant to be called.
    """

    place: str
    name: str
    text: str
    origin: ConnectorOrigin
    paused: bool = False
    sealed: Mapping[str, str] = {}
    author: str | None = None
    changed_at: datetime | None = None


class DefinitionRow(ConnectorRow, forbid_unknown_fields=True, kw_only=True):
    """A connector by itself, as it is written."""

    system: str = ""
    new_channels: tuple[ChannelRow, ...] = ()
    manifest: Any = None


class Definition(msgspec.Struct, frozen=True):
    """A definition that says something; whether it fits the others is another question."""

    entry: Entry
    spec: ConnectorSpec
    new_channels: tuple[ChannelRow, ...]
    written: Written


_ROWS: Mapping[str, type[msgspec.Struct]] = {"": DefinitionRow, "new_channels": ChannelRow}


def read_definition(entry: Entry) -> Definition:
    """The definition of an entry; EstateFault or ManifestError with the places of what is wrong."""
    if len(entry.text) > MAX_CHARACTERS:
        written = Written(entry.place, None, None)
        raise written.fault([], f"a definition has at most {MAX_CHARACTERS} characters")
    written = parse_written(entry.text, entry.place)
    row = convert(written, DefinitionRow, _ROWS)
    check_word(written, "name", row.name)
    for place, channel in enumerate(row.new_channels):
        channel.checked(written.below("new_channels", place))
    manifest = _manifest(written, row)
    spec = msgspec.structs.replace(
        row.spec(written),
        system=row.system if manifest is None else read_manifest(*manifest).system,
        secrets={**row.secrets, **entry.sealed},
        manifest=manifest and manifest[0].lstrip("\n"),
        paused=entry.paused,
        origin=entry.origin,
    )
    if row.system and row.system != spec.system:
        reason = f"its manifest is of {spec.system!r}; leave `system` out, or write the same"
        raise written.fault(["system"], reason)
    return Definition(entry, spec, row.new_channels, written)


def _manifest(written: Written, row: DefinitionRow) -> tuple[str, str] | None:
    """The text of the manifest inside, with the lines that it has in the whole, and its file."""
    node = written.node(["manifest"])
    if node is None or row.manifest is None:
        if not row.system:
            raise written.fault([], "name a `system`, or declare one under `manifest`")
        return None
    start, end = node.start_mark, node.end_mark
    text = "\n" * start.line + " " * start.column + written.text[start.index : end.index]
    return text, written.name
