"""`python -m work sample CHANNEL CAPABILITY KEYS`: comparisons now, told by `santong adoption`."""

import asyncio
import sys
from typing import BinaryIO

import msgspec
from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.estate import Capability
from capabilities.working import decode_plan
from work.back import opened_back
from work.sampling import Sampled
from work.settings import WorkSettings
from work.told import Told, listen

_CONNECTIONS = 4


class Asked(Struct, frozen=True):
    """One run as it was asked for."""

    channel: str
    capability: Capability
    keys: int
    as_json: bool = False


def asked_of(words: list[str]) -> Asked:
    """The run of a command's words: `CHANNEL CAPABILITY KEYS [json]`."""
    channel, capability, keys, *rest = words
    return Asked(channel, Capability(capability), int(keys), "json" in rest)


async def run_once(settings: WorkSettings, source: BinaryIO, asked: Asked) -> None:
    """One run of the sampler, and what it proves for the gates."""
    reader = await listen(source)
    line = await reader.readline()
    if not line:
        raise BadInput("nobody told which connectors there are; use `santong adoption sample`")
    async with opened_back(settings, Told(decode_plan(line)), _CONNECTIONS) as back:
        done = await back.shadowing.sample_one(asked.channel, asked.capability, asked.keys)
        await back.shadowing.measure()
    text = msgspec.json.encode(done).decode() if asked.as_json else sentence(done)
    print(text)  # noqa: T201 - the command's answer


def sentence(done: Sampled) -> str:
    """What a run found, in a line."""
    return (
        f"{done.capability.value} of {done.channel}: {done.drawn:,} keys drawn, "
        f"{done.compared:,} pairs compared, {done.against:,} against"
    )


def main(settings: WorkSettings, words: list[str]) -> None:
    """Run the command of these words."""
    asyncio.run(run_once(settings, sys.stdin.buffer, asked_of(words)))
