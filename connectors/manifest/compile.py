"""A checked section, compiled once: the type its rows are decoded to and the mapping function."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
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
from connectors.manifest import casts
from connectors.manifest.casts import At
from connectors.manifest.generate import Generated, Writer
from connectors.manifest.model import Manifest, Section

Match = Callable[[Any], str | None]


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
    id_of: Match
    match_key: Match | None
    match_customer: Match | None

    def records(self, rows: Iterable[Any], at: At) -> list[Any]:
        """Records of the rows that are ours to answer, in the rows' order.

        Garbled, naming the field and never its value, when a row cannot be mapped: a page with a
        row less would look whole.
        """
        return [record for _, record in self.pairs(rows, at)]

    def pairs(self, rows: Iterable[Any], at: At) -> list[tuple[Any, Any]]:
        """As `records`, each with the row that it was made from."""
        found = []
        with self._fitting(at):
            for row in rows:
                record = self.map_row(row, at)
                if record is not None:
                    found.append((row, settle(record) if type(record) is Order else record))
        return found

    def place_of(self, row: Any, at: At) -> int:
        """Where a row stands in time, in microseconds; 0 without a date. Garbled as `records`."""
        with self._fitting(at):
            moment = self.moment_of(row, at)
            return micros(moment) if moment is not None else 0

    @contextmanager
    def _fitting(self, at: At) -> Iterator[None]:
        """Garbled, naming the field, where a row is not what the manifest says."""
        try:
            yield
        except (ValueError, TypeError, ArithmeticError, AttributeError, LookupError) as exc:
            message = f"a row does not fit the manifest at {self._where(exc)}"
            raise Garbled(message, source=at.connector) from None

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
    section = manifest.sections[name]
    generated = Writer(name, section, rows_are_text=manifest.protocol != "sql").write()
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
        id_of=scope["id_of"],
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
    return known | {name: _constant(name, value) for name, value in generated.constants.items()}


def _constant(name: str, value: Any) -> Any:
    if name.startswith("PATH_"):
        return jmespath.compile(value).search
    return ZoneInfo(value) if name.startswith("ZONE_") else value


_CASTS: Sequence[str] = (
    *("text", "integer", "decimal", "flag", "cash", "instant", "day", "day_of", "last_of"),
    *("pick", "joined", "first_of", "need", "code_ref", "present", "labelled", "own"),
)
