"""That an old application sees people in the clear, put down before it does."""

from collections.abc import Callable
from datetime import datetime

from capabilities.audit import Entry
from capabilities.caller import Caller
from store.access.audit import Audit

_MOST = 10_000


class Trail:
    """One entry an hour, process, key, channel and list: each row of a page would hide the rest."""

    def __init__(self, audit: Audit, now: Callable[[], datetime]) -> None:
        self._audit = audit
        self._now = now
        self._told: set[tuple[str, str, str, str]] = set()

    async def before(self, caller: Caller, channel: str, resource: str) -> None:
        """Put down that she reads; StoreUnavailable where it cannot be, and then she does not."""
        hour = f"{self._now():%Y-%m-%dT%H}"
        place = caller.subject, channel, resource, hour
        if place in self._told:
            return
        entry = Entry(
            action="compat.read",
            actor=caller.subject,
            role=caller.role.value,
            reason="an application that speaks the shop's own wire",
            facts={"channel": channel, "resource": resource, "hour": hour},
        )
        await self._audit.record(entry)
        if len(self._told) >= _MOST:
            self._told.clear()
        self._told.add(place)
