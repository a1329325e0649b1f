"""Both sides asked for the same keys within one short window, and what differs looked at again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from capabilities.adoption.comparing import Subject, compare, lagged
from capabilities.adoption.difference import UNSETTLED, DiffClass, Pair
from capabilities.errors import SantongError

Ask = Callable[[Sequence[str]], Awaitable[Sequence[Any]]]
# A record that changes again and again is given up as different after so many looks.
MOST_LOOKS = 3
# So many pairs are compared before others on the loop have their turn.
_AT_A_TIME = 8


class Unanswered(Exception):
    """A side did not answer as it should; its cause says why, and is nobody's to hear."""


class Seen(Struct, frozen=True):
    """A pair that differs and may only lag: what both sides answered, and at which look."""

    pair: Pair
    answers: tuple[Any, Any]
    looks: int = 1

    def __repr__(self) -> str:
        return f"Seen({self.pair!r}, {self.looks})"


class Looked(Struct, frozen=True):
    """Pairs that are settled, and those to be looked at again."""

    settled: tuple[Pair, ...]
    again: tuple[Seen, ...]


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
) -> Looked:
    """Compare the answers of both sides by key; `before` are those that differed a look ago.

    What differs now and did not before is looked at again; what differed and is equal lagged;
    what differs still while both sides stood still is different.
    """
    settled: list[Pair] = []
    again: list[Seen] = []
    for place, key in enumerate(legacy):
        if place % _AT_A_TIME == _AT_A_TIME - 1:
            await asyncio.sleep(0)
        try:
            pair = compare(subject, key, legacy[key], platform[key], at)
        except (SantongError, AttributeError, TypeError, ValueError, ArithmeticError):
            # An answer that is no record of ours is as good as none.
            settled.append(subject.pair(key, DiffClass.CANDIDATE_ERROR, at))
            continue
        first = before.get(key)
        if pair is None:
            # Gone on both sides by now, or never there.
            settled += [] if first is None else [lagged(first.pair)]
        elif pair.klass not in UNSETTLED:
            settled.append(pair if first is None else lagged(first.pair))
        elif first is None:
            again.append(Seen(pair, (legacy[key], platform[key])))
        elif first.looks + 1 < MOST_LOOKS and (legacy[key], platform[key]) != first.answers:
            again.append(Seen(pair, (legacy[key], platform[key]), first.looks + 1))
        else:
            settled.append(pair)
    return Looked(tuple(settled), tuple(again))
