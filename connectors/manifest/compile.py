"""A checked section, compiled once: the type its rows are decoded to and the mapping function."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from traceback import walk_tb
from types import ModuleType, SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import jmespath
from msgspec import Struct

from capabilities.errors import Garbled
from capabilities.money import Rounding
from capabilities.order.records import Order
from capabilities.order.rules import settle
from capabilities.sources import SourceRef
from capabilities.time import Precision, micros
from connectors.manifest import casts, spellings, times
from connectors.manifest.attributes import telling
from connectors.manifest.casts import At
from connectors.manifest.generate import Generated, Writer
from connectors.manifest.model import Manifest, Section
from connectors.protocols.table import PROTOCOLS

Match = Callable[[Any], str | None]

_MISFITS = (ValueError, TypeError, ArithmeticError, AttributeError, LookupError)


class CompiledSection(Struct, frozen=True, kw_only=True):
    """What a port needs of a section; `text` is the generated source, for a look at it."""

    name: str
    section: Section
    row_type: type[Struct]
    paths: tuple[str, ...]
    text: str
    file: str
    map_row: Callable[[Any, At], Any]
    moment_of: Callable[[Any, At], datetime | None]
    channel_of: Callable[[Any, At], str | None]
    id_of: Match
    key_of: Callable[[Any, At], str | None]
    match_key: Match | None
    match_customer: Match | None

    def records(self, rows: Iterable[Any], at: At) -> list[Any]:
        """Records of the rows that are ours to answer, in the rows' order.

        Garbled, naming the field and never its value, when a row cannot be mapped: a page with a
        row less would look whole.
        """
        found = [self.record(row, at) for row in rows]
        return [record for record in found if record is not None]

    def pairs(self, rows: Iterable[Any], at: At) -> list[tuple[Any, Any]]:
        """As `records`, each with the row that it was made from."""
        return [(row, record) for row in rows if (record := self.record(row, at)) is not None]

    def record(self, row: Any, at: At) -> Any:
        """The record of a row; None when it is not ours to answer. Garbled as `records`."""
        try:
            record = self.map_row(row, at)
            return settle(record) if type(record) is Order else record
        except _MISFITS as exc:
            fault = self._fault(exc, at)
        raise fault

    def natural_key(self, row: Any, at: At) -> str | None:
        """The key of a row's record, also where the row is not ours. Garbled as `records`."""
        try:
            return self.key_of(row, at)
        except _MISFITS as exc:
            fault = self._fault(exc, at)
        raise fault

    def owner(self, row: Any, at: At) -> str | None:
        """The channel of a row, None where it is not ours to answer. Garbled as `records`."""
        try:
            return self.channel_of(row, at)
        except _MISFITS as exc:
            fault = self._fault(exc, at)
        raise fault

    def place_of(self, row: Any, at: At) -> int:
        """Where a row stands in time, in microseconds; 0 without a date. Garbled as `records`."""
        try:
            moment = self.moment_of(row, at)
            return micros(moment) if moment is not None else 0
        except _MISFITS as exc:
            fault = self._fault(exc, at)
        raise fault

    def _fault(self, exc: Exception, at: At) -> Garbled:
        """Names the field where a row is not what the manifest says, and never its value."""
        message = f"a row does not fit the manifest at {self._where(exc)}"
        return Garbled(message, source=at.connector)

    def _where(self, exc: BaseException) -> str:
        """The field whose line of the generated text raised."""
        lines = [
            line
            for frame, line in walk_tb(exc.__traceback__)
            if frame.f_code.co_filename == self.file
        ]
        text = self.text.splitlines()[lines[-1] - 1] if lines else ""
        return text.rpartition("# ")[2] if "# " in text else self.name


def compile_section(
    manifest: Manifest, name: str, mapping: ModuleType | SimpleNamespace | None
) -> CompiledSection:
    """Compile one section; `mapping` holds the pure functions that it names."""
    return compiled(manifest, name, manifest.sections[name], mapping)


def compiled(
    manifest: Manifest, name: str, section: Section, mapping: ModuleType | SimpleNamespace | None
) -> CompiledSection:
    """As `compile_section`, of a section under the name of one that the manifest has."""
    generated = Writer(
        manifest.system, name, section, rows_are_text=PROTOCOLS[manifest.protocol].rows_are_text
    ).write()
    file = f"<manifest {manifest.system}.{name}>"
    scope = _scope(generated, mapping)
    exec(compile(generated.text, file, "exec"), scope)  # noqa: S102 - our own generated text
    return CompiledSection(
        name=name,
        section=section,
        row_type=generated.shape.build(),
        paths=tuple(generated.shape.paths()),
        text=generated.text,
        file=file,
        map_row=scope["map_row"],
        moment_of=scope["moment_of"],
        channel_of=scope["channel_of"],
        id_of=scope["id_of"],
        key_of=scope["key_of"],
        match_key=scope.get("match_key"),
        match_customer=scope.get("match_customer"),
    )


def _scope(generated: Generated, mapping: Any) -> dict[str, Any]:
    known: dict[str, Any] = {
        "mapping": mapping,
        "Rounding": Rounding,
        "Precision": Precision,
        "SourceRef": SourceRef,
    }
    known |= {word: getattr(casts, word) for word in _CASTS}
    known["telling"] = telling
    known |= {word: getattr(times, word) for word in _TIMES}
    known |= {word: getattr(spellings, word) for word in _SPELLINGS}
    return known | {name: _constant(name, value) for name, value in generated.constants.items()}


def _constant(name: str, value: Any) -> Any:
    if name.startswith("PATH_"):
        return jmespath.compile(value).search
    return ZoneInfo(value) if name.startswith("ZONE_") else value


_CASTS: Sequence[str] = (
    *("text", "integer", "decimal", "flag", "cash", "pick", "joined", "first_of", "dig"),
    *("need", "code_ref", "present", "labelled", "own", "native", "showing"),
)
_SPELLINGS: Sequence[str] = (
    *("loose", "minor", "epoch", "parsed", "phone", "alpha", "absent", "truth", "listed"),
)
_TIMES: Sequence[str] = ("instant", "day", "day_of", "last_of")
