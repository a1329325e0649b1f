"""What asking tells: filters that are kept, pages that stay, batches that equal single answers."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from enum import Enum
from typing import Any

from msgspec import Struct

from connectors.doctor.patient import WAYS, Patient, Rows
from connectors.doctor.report import Finding, Verdict
from connectors.manifest.model import Filter

_PAGE = 5
_SLACK = timedelta(seconds=2)
_VALUES: dict[str, Callable[[Any], Any]] = {
    "status": lambda record: record.status,
    "kind": lambda record: record.kind,
    "store": lambda record: record.store_code,
    "home_store": lambda record: record.home_store_code,
    "code": lambda record: record.code,
}


class _Tried(Struct, frozen=True):
    """What a filter gave: how many rows, and how many of them it should have left out."""

    filter: str
    rows: int
    foreign: int


async def filters(patient: Patient, name: str, found: Rows) -> AsyncIterator[Finding]:
    """Whether the system keeps to each filter that is pushed down to it."""
    section = patient.bound(name).compiled.section
    declared = section.search.filters if section.search is not None else {}
    own = [record for _, record in found if record is not None]
    for word, declaration in declared.items():
        tried = await _tried(patient, name, word, declaration, own)
        if tried is not None:
            yield _told(name, tried)


async def _tried(
    patient: Patient, name: str, word: str, declaration: Filter, own: list[Any]
) -> _Tried | None:
    """One filter put to the system itself; None where the sample has no value to ask for."""
    if declaration.window:
        return await _window(patient, name, word, own)
    value_of = _VALUES.get(word)
    if declaration.push is None or value_of is None:
        return None
    counts = Counter(value for one in own if (value := value_of(one)) is not None)
    for value, count in counts.most_common():
        spoken = value.name if isinstance(value, Enum) else str(value)
        raws = declaration.values.get(spoken, ()) if declaration.values else (spoken,)
        if raws and count < len(own):  # a value that every row has could not be told apart
            rows = await patient.read(name, pushed={declaration.push: tuple(raws)})
            records = [record for _, record in rows if record is not None]
            foreign = sum(value_of(one) != value for one in records)
            return _Tried(word, len(records), foreign)
    return None


async def _window(patient: Patient, name: str, word: str, own: list[Any]) -> _Tried | None:
    moments = sorted(one.placed_at for one in own if one.placed_at is not None)
    if not moments or moments[0] == moments[-1]:
        return None
    since = moments[len(moments) // 2]
    rows = await patient.read(name, since=since, newest_first=False)
    placed = [one.placed_at for _, one in rows if one is not None and one.placed_at is not None]
    slack = (
        timedelta(days=1) if any(one.placed_at_precision.name == "DAY" for one in own) else _SLACK
    )
    return _Tried(word, len(placed), sum(one < since - slack for one in placed))


def _told(name: str, tried: _Tried) -> Finding:
    figures = {"rows": tried.rows, "foreign": tried.foreign}
    if not tried.rows:
        told = f"{tried.filter}: a value that exists finds nothing; are its words the system's?"
        verdict = Verdict.WRONG
    elif not tried.foreign:
        told = f"{tried.filter}: all {tried.rows} rows are of what was asked"
        verdict = Verdict.GOOD
    else:
        told = f"{tried.filter}: {tried.foreign} of {tried.rows} rows should have been left out; "
        told += "rows are checked again, so answers are right, but more is read than needed"
        verdict = Verdict.NOTICE
    return Finding(check="filters", section=name, verdict=verdict, told=told, figures=figures)


async def paging(patient: Patient, name: str, found: Rows) -> AsyncIterator[Finding]:
    """Whether two pages read twice are the same rows, each once."""
    del found
    first = await patient.page(name, _PAGE)
    if not first.rows:
        return
    after = first.rows[-1].sort_key
    again, second, anew = (
        await patient.page(name, _PAGE),
        await patient.page(name, _PAGE, after),
        await patient.page(name, _PAGE, after),
    )
    ids = [one.id for page in (first, second) for one in page.rows]
    moved = sum(
        one.id != other.id
        for page, same in ((first, again), (second, anew))
        for one, other in zip(page.rows, same.rows, strict=False)
    )
    twice = len(ids) - len(set(ids))
    figures = {"rows": len(ids), "moved": moved, "twice": twice}
    if twice:
        told = f"{twice} rows came on both pages; the order that is declared is not the system's"
        verdict = Verdict.WRONG
    elif moved:
        told = f"{moved} rows stood elsewhere when they were read again; do rows arrive meanwhile?"
        verdict = Verdict.NOTICE
    else:
        told, verdict = f"two pages of {_PAGE} are the same when they are read again", Verdict.GOOD
    yield Finding(check="paging", section=name, verdict=verdict, told=told, figures=figures)


async def batches(patient: Patient, name: str, found: Rows) -> AsyncIterator[Finding]:
    """Whether a batch of keys gives what each key gives alone, and what the list gave."""
    if patient.bound(name).compiled.section.by_key is None:
        return
    key = WAYS[name].key
    records = [record for _, record in found if record is not None][:_PAGE]
    keys = [getattr(record, key) for record in records]
    if not keys:
        return
    together = await patient.by_keys(name, keys)
    alone = [(await patient.by_keys(name, [one]))[0] for one in keys]
    missing = sum(one is None for one in together)
    differ = sum(one != other for one, other in zip(together, alone, strict=True))
    changed = sum(
        one is not None and one != record for one, record in zip(together, records, strict=True)
    )
    figures = {"keys": len(keys), "missing": missing, "differ": differ, "not_as_listed": changed}
    if missing or differ:
        told = f"of {len(keys)} keys in one call {missing} found nothing and {differ} differ from "
        told += "what each key gives alone"
        verdict = Verdict.WRONG
    elif changed:
        told = f"{changed} of {len(keys)} records are not what the list said of them"
        verdict = Verdict.NOTICE
    else:
        told = f"{len(keys)} keys in one call give what each gives alone, and what the list gave"
        verdict = Verdict.GOOD
    yield Finding(check="batches", section=name, verdict=verdict, told=told, figures=figures)
