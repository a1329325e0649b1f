"""`python -m work sync KIND CONNECTOR …`: one pass with its progress, told as `santong sync` is."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO

from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.syncing import STREAMS, Stream
from capabilities.working import decode_plan
from work.back import opened_back
from work.settings import WorkSettings
from work.syncing import Tell
from work.told import Told, listen

_CONNECTIONS = 4


class Asked(Struct, frozen=True):
    """One run as it was asked for."""

    kind: str
    connector: str
    whole: bool = False
    since: datetime | None = None
    believed: bool = False


def asked_of(words: list[str]) -> Asked:
    """The run of a command's words: `KIND CONNECTOR [whole] [believed] [SINCE]`."""
    kind, connector, *rest = words
    flags = {"whole", "believed"}
    since = next((datetime.fromisoformat(one) for one in rest if one not in flags), None)
    return Asked(kind, connector, "whole" in rest, since, "believed" in rest)


async def run_once(settings: WorkSettings, source: BinaryIO, asked: Asked) -> None:
    """One pass; its last line says what it did."""
    reader = await listen(source)
    line = await reader.readline()
    if not line:
        raise BadInput("nobody told which connectors there are; use `santong sync`")
    told = Told(decode_plan(line))
    async with opened_back(settings, told, _CONNECTIONS) as back:
        spec = back.taken.named(asked.connector)
        with _shown(asked) as tell:
            done = await back.taken.once(
                spec,
                STREAMS[asked.kind],
                whole=asked.whole,
                since=asked.since,
                believed=asked.believed,
                tell=tell,
            )
    print(sentence(asked, done))  # noqa: T201 - the command's answer


@contextmanager
def _shown(asked: Asked) -> Iterator[Tell]:
    """A line that moves, for whoever looks."""
    if not sys.stderr.isatty():
        yield lambda _stream: None
        return
    from work.progress import Shown  # noqa: PLC0415 - slow to import

    with Shown(f"{asked.kind} of {asked.connector}") as shown:
        yield shown


def sentence(asked: Asked, done: Stream) -> str:
    """What a pass did, in a line."""
    rate = "" if done.per_second is None else f", {done.per_second:,.0f} a second"
    unfit = f", {done.unfit:,} do not fit the manifest" if done.unfit else ""
    return (
        f"{asked.kind} of {asked.connector}: {done.read:,} read, {done.changed:,} changed, "
        f"{done.removed:,} gone{unfit}, in {done.seconds:,.1f} s{rate}"
    )


def main(settings: WorkSettings, words: list[str]) -> None:
    """Run the command of these words."""
    asyncio.run(run_once(settings, sys.stdin.buffer, asked_of(words)))
