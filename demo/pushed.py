"""Deliveries of webhooks as platforms send them: some twice, some late, in no order, some lost.

What a delivery holds and how it is signed is its system's; here is only how it travels.
"""

import asyncio
from collections.abc import Mapping
from random import Random
from typing import Final, NamedTuple

import httpx

_DOUBLED: Final = 0.25
_LATE: Final = 0.25
_LATE_SECONDS: Final = 1.5
_TIMEOUT_SECONDS: Final = 5.0
# A platform gives an address up that answers nothing good so many times in a row.
_MOST_FAILED: Final = 5


class Push(NamedTuple):
    """One delivery, ready to be sent."""

    headers: Mapping[str, str]
    body: bytes


class Pushes:
    """Sends deliveries to one address, in the loop that serves the simulated system."""

    def __init__(self, url: str, luck: Random) -> None:
        self._url = url
        self._luck = luck
        self._failed = 0
        self._sent = 0
        self._sending: set[asyncio.Task[None]] = set()

    def push(self, push: Push) -> None:
        """Send it, at once or later, once or twice; nobody waits for it."""
        if self._failed >= _MOST_FAILED:
            return
        times = 2 if self._luck.random() < _DOUBLED else 1
        for _ in range(times):
            late = self._luck.random() * _LATE_SECONDS if self._luck.random() < _LATE else 0.0
            task = asyncio.get_running_loop().create_task(self._send(push, late))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    def control(self, body: Mapping[str, object]) -> dict[str, object]:
        """`POST /__control/hooks`: how it stands; `{"on": true}` begins anew after failures."""
        if body.get("on") is True:
            self._failed = 0
        return {"on": self._failed < _MOST_FAILED, "sent": self._sent, "failed": self._failed}

    async def _send(self, push: Push, late: float) -> None:
        await asyncio.sleep(late)
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT_SECONDS) as client:
                answer = await client.post(self._url, headers=push.headers, content=push.body)
        except httpx.TransportError:
            self._failed += 1
            return
        self._sent += answer.is_success
        self._failed = 0 if answer.is_success else self._failed + 1
