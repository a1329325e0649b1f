"""`python -m work reconcile CHANNEL`: both sides held against each other, told as it goes."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from capabilities.adoption.drift import Drift
from capabilities.errors import BadInput
from capabilities.working import decode_plan
from work.back import opened_back
from work.reconciling import Tell
from work.settings import WorkSettings
from work.told import Told, listen

_CONNECTIONS = 4


async def run_once(settings: WorkSettings, source: BinaryIO, channel: str) -> Drift:
    """One channel; its last lines say what differed."""
    reader = await listen(source)
    line = await reader.readline()
    if not line:
        message = "nobody told which connectors there are; use `santong adoption reconcile`"
        raise BadInput(message)
    told = Told(decode_plan(line))
    async with opened_back(settings, told, _CONNECTIONS) as back:
        with _shown(channel) as tell:
            drift = await back.reconciling.once(channel, tell)
    print("\n".join(sentences(channel, drift)))  # noqa: T201 - the command's answer
    return drift


@contextmanager
def _shown(channel: str) -> Iterator[Tell]:
    """A line that moves, for whoever looks."""
    if not sys.stderr.isatty():
        yield lambda _drift: None
        return
    from rich.console import Console  # noqa: PLC0415 - slow to import

    with Console(stderr=True).status(f"members of {channel}") as status:
        yield lambda drift: status.update(f"members of {channel}: {drift.compared:,} compared")


def sentences(channel: str, drift: Drift) -> list[str]:
    """What differed, in a few lines."""
    counted = (
        f"members of {channel}: {drift.compared:,} compared, {drift.differing:,} differ, "
        f"{drift.missing:,} are not in its system, {drift.unknown:,} were not here, "
        f"{drift.in_flight:,} are on their way"
    )
    said = [counted]
    if drift.fields:
        counts = sorted(drift.fields.items(), key=lambda one: (-one[1], one[0]))
        said.append("by field: " + ", ".join(f"{name} {count:,}" for name, count in counts))
    if drift.total:
        said.append(
            f"{drift.repaired:,} are told to its system, {drift.taken:,} were taken from it, "
            f"{drift.disputed:,} wait for a person"
        )
    return said


def main(settings: WorkSettings, words: list[str]) -> int:
    """Run the command of these words; 1 where the sides differ."""
    drift = asyncio.run(run_once(settings, sys.stdin.buffer, words[0]))
    return int(drift.total > 0)
