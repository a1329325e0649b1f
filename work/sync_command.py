"""`python -m work sync KIND CONNECTOR …`: one pass with its progress, told as `santong sync` is."""

import asyncio
import sys
from datetime import datetime
from typing import BinaryIO, Self

from msgspec import Struct
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from capabilities.errors import BadInput
from capabilities.syncing import STREAMS, Stream
from capabilities.working import decode_plan
from work.back import opened_back
from work.settings import WorkSettings
from work.told import Told, listen

_CONNECTIONS = 4
_aside = Console(stderr=True, highlight=False)


class Asked(Struct, frozen=True):
    """One run as it was asked for."""

    kind: str
    connector: str
    whole: bool = False
    since: datetime | None = None


def asked_of(words: list[str]) -> Asked:
    """The run of a command's words: `KIND CONNECTOR [whole] [SINCE]`."""
    kind, connector, *rest = words
    since = next((datetime.fromisoformat(one) for one in rest if one != "whole"), None)
    return Asked(kind, connector, "whole" in rest, since)


async def run_once(settings: WorkSettings, source: BinaryIO, asked: Asked) -> None:
    """One pass; its last line says what it did."""
    reader = await listen(source)
    line = await reader.readline()
    if not line:
        raise BadInput("nobody told which connectors there are; use `santong sync`")
    told = Told(decode_plan(line))
    async with opened_back(settings, told, _CONNECTIONS) as back:
        spec = back.taken.named(asked.connector)
        with Shown(asked) as shown:
            done = await back.taken.once(
                spec, STREAMS[asked.kind], whole=asked.whole, since=asked.since, tell=shown
            )
    print(sentence(asked, done))  # noqa: T201 - the command's answer


def sentence(asked: Asked, done: Stream) -> str:
    """What a pass did, in a line."""
    rate = "" if done.per_second is None else f", {done.per_second:,.0f} a second"
    unfit = f", {done.unfit:,} do not fit the manifest" if done.unfit else ""
    return (
        f"{asked.kind} of {asked.connector}: {done.read:,} read, {done.changed:,} changed, "
        f"{done.removed:,} gone{unfit}, in {done.seconds:,.1f} s{rate}"
    )


class Shown:
    """A line that moves: how many rows, how fast, and how long it will take where that is known."""

    def __init__(self, asked: Asked) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(),
            console=_aside,
            transient=True,
        )
        self._label = f"{asked.kind} of {asked.connector}"
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        self._task = self._progress.add_task(self._label, total=None, told="")
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, stream: Stream) -> None:
        """Hear how far the pass has come."""
        if self._task is None:
            return
        rate = stream.per_second or 0.0
        told = f"{stream.read:,} read, {stream.changed:,} changed, {rate:,.0f} a second"
        self._progress.update(self._task, completed=stream.read, total=stream.total, told=told)


def main(settings: WorkSettings, words: list[str]) -> None:
    """Run the command of these words."""
    asyncio.run(run_once(settings, sys.stdin.buffer, asked_of(words)))
