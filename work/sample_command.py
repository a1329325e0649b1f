"""`python -m work sample CHANNEL CAPABILITY KEYS`: comparisons now, told by `santong adoption`."""

import asyncio
import sys
from typing import BinaryIO

import msgspec

from capabilities.errors import BadInput
from capabilities.estate import Capability
from capabilities.working import decode_plan
from work.back import opened_back
from work.settings import WorkSettings
from work.told import Told, listen

_CONNECTIONS = 4


async def run_once(
    settings: WorkSettings, source: BinaryIO, channel: str, capability: Capability, keys: int
) -> None:
    """One run of the sampler; its line on standard output is JSON."""
    reader = await listen(source)
    line = await reader.readline()
    if not line:
        raise BadInput("nobody told which connectors there are; use `santong adoption sample`")
    async with opened_back(settings, Told(decode_plan(line)), _CONNECTIONS) as back:
        done = await back.shadowing.sample_one(channel, capability, keys)
        await back.shadowing.measure()
    print(msgspec.json.encode(done).decode())  # noqa: T201 - the command's answer


def main(settings: WorkSettings, words: list[str]) -> None:
    """Run the command of these words."""
    channel, capability, keys = words
    work = run_once(settings, sys.stdin.buffer, channel, Capability(capability), int(keys))
    asyncio.run(work)
