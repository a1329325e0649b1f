"""Both sides asked for the same keys within one short window, and what differs looked at again.

A difference is one only where it stands still: both sides said the same of a field at two looks,
nothing was being written of the record, and a pass of the feed that began behind the first of them
has ended. Everything else lagged, however long it was looked at.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from capabilities.adoption.comparing import UNREADABLE, Subject, compare, lagged, readable, same
from capabilities.adoption.difference import UNSETTLED, DiffClass, FieldDiff, Pair

Ask = Callable[[Sequence[str]], Awaitable[Sequence[Any]]]
# Longer than a feed takes that lets a pair be compared at all; what moves or waits for it still is
# settled as it stands.
MOST_LOOKS = 6
# So many pairs are compared before others on the loop have their turn.
_AT_A_TIME = 8


class Unanswered(Exception):
    """A side did not answer as it should; its cause says why, and is nobody's to hear."""


class Underway(Struct, frozen=True):
    """What may not have come to the platform's copy yet; read before both sides are asked.

    What stood in the system before `read_at` has been taken in; None where nobody reads it by the
    clock, so that nothing is waited for. `written` are keys of which a write is being carried out.
    """

    read_at: datetime | None = None
    written: frozenset[str] = frozenset()

    def was_read(self, since: datetime) -> bool:
        """Whether the copy was given what its system had at a moment."""
        return self.read_at is None or self.read_at > since


_NOTHING = Underway()


class SeenField(Struct, frozen=True):
    """A field that differs, since when as it does, and at how many looks in a row."""

    diff: FieldDiff
    since: datetime
    looks: int = 1


class Seen(Struct, frozen=True):
    """A pair that differs and may only lag, after so many looks."""

    pair: Pair
    fields: tuple[SeenField, ...]
    looks: int = 1


class Looked(Struct, frozen=True):
    """Pairs that are settled, those to be looked at again, and keys of which nothing is known.

    The latter are those for which the legacy side gave what is no record.
    """

    settled: tuple[Pair, ...]
    again: tuple[Seen, ...]
    unknown: int = 0


async def answered(ask: Ask, keys: Sequence[str], seconds: float) -> Sequence[Any]:
    """One answer per key within so many seconds; Unanswered for everything else."""
    try:
        async with asyncio.timeout(seconds):
            answers = await ask(keys)
        if len(answers) == len(keys):
            return answers
    except asyncio.CancelledError as exc:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise Unanswered from exc
    except Exception as exc:
        raise Unanswered from exc
    raise Unanswered


def failed(subject: Subject, keys: Sequence[str], at: datetime) -> Looked:
    """The candidate did not answer: every key is a pair that could not be compared."""
    pairs = [subject.pair(key, DiffClass.CANDIDATE_ERROR, at) for key in keys]
    return Looked(tuple(pairs), ())


async def looked(
    subject: Subject,
    legacy: Mapping[str, Any],
    platform: Mapping[str, Any],
    at: datetime,
    before: Mapping[str, Seen] = {},
    underway: Underway = _NOTHING,
) -> Looked:
    """Compare the answers of both sides by key; `before` are those that differed a look ago.

    What differs now and did not before is looked at again; what differed and is equal lagged.
    """
    settled: list[Pair] = []
    again: list[Seen] = []
    unknown = 0
    for place, key in enumerate(legacy):
        if place % _AT_A_TIME == _AT_A_TIME - 1:
            await asyncio.sleep(0)
        try:
            pair = compare(subject, key, legacy[key], platform[key], at)
        except UNREADABLE:
            # An answer that is no record of ours is as good as none.
            if readable(subject.capability, legacy[key]):
                settled.append(subject.pair(key, DiffClass.CANDIDATE_ERROR, at))
            else:
                unknown += 1
            continue
        first = before.get(key)
        if pair is None:
            # Gone on both sides by now, or never there.
            settled += [] if first is None else [lagged(first.pair)]
        elif pair.klass not in UNSETTLED:
            settled.append(pair if first is None else lagged(first.pair))
        else:
            seen = _seen(pair, at, first)
            done = _judged(seen, underway)
            (settled.append(done) if done is not None else again.append(seen))
    return Looked(tuple(settled), tuple(again), unknown)


def _seen(pair: Pair, at: datetime, before: Seen | None) -> Seen:
    """A pair with the looks since when its fields have differed as they do."""
    then = {} if before is None else {one.diff.field: one for one in before.fields}
    fields = []
    for diff in pair.fields:
        one = then.get(diff.field)
        if one is not None and same(pair.capability, one.diff, diff):
            fields.append(SeenField(diff, one.since, one.looks + 1))
        else:
            fields.append(SeenField(diff, at))
    return Seen(pair, tuple(fields), 1 if before is None else before.looks + 1)


def _judged(seen: Seen, underway: Underway) -> Pair | None:
    """The pair as it is settled; None where it is to be looked at again.

    A field that stands still counts, whatever else of its record moves. One that the feed has not
    come to counts at the last look, if it stood still at all of them.
    """
    pair, last = seen.pair, seen.looks >= MOST_LOOKS
    still = [one for one in seen.fields if one.diff.klass in UNSETTLED and one.looks > 1]
    read = [one for one in still if underway.was_read(one.since)]
    if last:
        read = [one for one in still if one in read or one.looks == seen.looks]
    if not last and len(read) < len(still):
        return None
    if not read or pair.key in underway.written:
        return lagged(pair) if last else None
    names = {one.diff.field for one in read}
    return replace(pair, fields=tuple([_settled(one, names) for one in pair.fields]))


def _settled(one: FieldDiff, counts: Collection[str]) -> FieldDiff:
    lags = one.klass in UNSETTLED and one.field not in counts
    return replace(one, klass=DiffClass.LAG) if lags else one
