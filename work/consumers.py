"""Consumers: capabilities that follow the platform's events, each at its own pace.

A consumer's place and its effects are committed together, so one that was killed goes on where it
was. Several processes may run the same consumers: of one consumer one process works at a time.
"""

import asyncio
from collections.abc import Collection, Sequence

import structlog
from msgspec import Struct

from capabilities.events import Topic
from store.events import Events, Handle
from store.owned import Owned

_log = structlog.get_logger("work")
_IDLE_SECONDS = 1.0
_FAILED_SECONDS = 10.0


class Consumer(Struct, frozen=True, kw_only=True):
    """Who follows which events: `handle` gets a batch of them in the transaction of its effects."""

    name: str
    topics: Collection[Topic]
    handle: Handle
    most: int = 500


async def follow_events(owned: Owned, consumers: Sequence[Consumer]) -> None:
    """Run every consumer until it is cancelled; one that fails stops no other."""
    events = Events(owned.store, owned.brand)
    cancelled = asyncio.Event().wait()
    await asyncio.gather(cancelled, *(_follow(events, one) for one in consumers))


async def _follow(events: Events, consumer: Consumer) -> None:
    most, failures = consumer.most, 0
    while True:
        try:
            done = await events.consume(consumer.name, consumer.topics, consumer.handle, most=most)
            most, failures = min(2 * most, consumer.most), 0
            pause = 0.0 if done else _IDLE_SECONDS
        except Exception as exc:  # noqa: BLE001 - whatever it was, the batch is tried again
            # One by one, then more and more: what stands before the one that fails takes effect.
            most, failures = 1, failures + 1
            reason = getattr(exc, "message", type(exc).__name__)
            _log.error("consumer failed", consumer=consumer.name, reason=reason, failures=failures)
            pause = _FAILED_SECONDS
        await asyncio.sleep(pause)
