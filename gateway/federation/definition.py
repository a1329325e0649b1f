"""One connector as a text of its own: a file of the operator's folder, or a registered one."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
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


class _Said(msgspec.Struct, frozen=True):
    """What a text says, whoever keeps it."""

    written: Written
    row: DefinitionRow
    spec: ConnectorSpec
    manifest: str | None


def read_definition(entry: Entry) -> Definition:
    """The definition of an entry; EstateFault or ManifestError with the places of what is wrong."""
    said = _said(entry.place, entry.text)
    spec = msgspec.structs.replace(
        said.spec,
        secrets={**said.spec.secrets, **entry.sealed},
        manifest=said.manifest,
        paused=entry.paused,
        origin=entry.origin,
    )
    return Definition(entry, spec, said.row.new_channels, said.written)


# Reading YAML takes long, and a change of one connector reads all of them to see what fits.
@lru_cache(maxsize=256)
def _said(place: str, text: str) -> _Said:
    if len(text) > MAX_CHARACTERS:
        written = Written(place, None, None)
        raise written.fault([], f"a definition has at most {MAX_CHARACTERS} characters")
    written = parse_written(text, place)
    row = convert(written, DefinitionRow, _ROWS)
    check_word(written, "name", row.name)
    for number, channel in enumerate(row.new_channels):
        channel.checked(written.below("new_channels", number))
    for name, reference in row.secrets.items():
        if not reference.startswith(("env:", "file:", "sealed:")):
            # Perhaps the secret itself: it is not repeated, and never comes into a history.
            reason = "a secret is written as env:NAME or file:PATH, or given apart to be sealed"
            raise written.fault(["secrets", name], reason)
    manifest = _manifest(written, row)
    system = row.system if manifest is None else read_manifest(*manifest).system
    if row.system and row.system != system:
        reason = f"its manifest is of {system!r}; leave `system` out, or write the same"
        raise written.fault(["system"], reason)
    spec = msgspec.structs.replace(row.spec(written), system=system)
    return _Said(written, row, spec, manifest and manifest[0].lstrip("\n"))


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
