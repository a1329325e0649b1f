"""Real processes that call systems, started together and ended with the test."""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

_CALLING = "tests.processes.calling"
_ROOT = Path(__file__).parents[2]
_PATIENCE_SECONDS = 20.0


class Calling:
    """One process; it says `ready` and waits to be told to go."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def line(self) -> str:
        """The next line that it writes."""
        assert self._process.stdout is not None
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return (await self._process.stdout.readline()).decode().strip()

    async def go(self) -> None:
        """Let it begin."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"go\n")
        await self._process.stdin.drain()

    async def end(self) -> None:
        """End it, if it did not by itself."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()


@contextlib.asynccontextmanager
async def started(number: int, told: Mapping[str, Any]) -> AsyncIterator[list[Calling]]:
    """So many processes, all of them ready."""
    processes: list[Calling] = []
    try:
        for _ in range(number):
            words = (sys.executable, "-m", _CALLING, json.dumps(told))
            made = await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, cwd=_ROOT)
            processes.append(Calling(made))
        for one in processes:
            assert await one.line() == "ready"
        yield processes
    finally:
        for one in processes:
            await one.end()
