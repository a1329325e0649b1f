"""The alarm of look-ups beyond a budget: a figure, a line in the log, a row in the audit trail."""

import logging
import time
from collections.abc import Callable

from cachetools import TTLCache

from capabilities.audit import Entry
from capabilities.caller import Caller
from capabilities.errors import StoreUnavailable
from capabilities.lookups import WINDOW_SECONDS, Spent
from gateway.figures import Bound
from store.access.audit import Audit

_log = logging.getLogger(__name__)
_MOST_CALLERS = 10_000


class LookUpAlarm:
    """Raised for every look-up beyond; one caller's refusals are told once in ten minutes.

    So nobody fills log and trail by asking on; what is answered with a reason has a row each.
    """

    def __init__(
        self, audit: Audit, counted: Bound, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._audit = audit
        self._counted = counted
        self._told: TTLCache[tuple[str, bool], bool] = TTLCache(
            _MOST_CALLERS, WINDOW_SECONDS, timer=clock
        )

    async def refused(self, caller: Caller, spent: Spent) -> None:
        """A look-up was refused for want of a reason."""
        if self._raised(caller, spent, answered=False):
            try:
                await self._audit.record(_entry(caller, spent, answered=False))
            except StoreUnavailable:
                _log.warning("a refused look-up has no row in the audit trail: the store is away")

    async def answered(self, caller: Caller, spent: Spent, reason: str, about: str | None) -> None:
        """A look-up is answered for this reason; StoreUnavailable where it can have no row."""
        self._raised(caller, spent, answered=True)
        await self._audit.record(_entry(caller, spent, answered=True, reason=reason, about=about))

    def _raised(self, caller: Caller, spent: Spent, *, answered: bool) -> bool:
        """Whether it is the first of this kind for a while."""
        outcome = "ANSWERED" if answered else "REFUSED"
        self._counted[caller.role.value, spent.value, outcome].inc()
        if (caller.subject, answered) in self._told:
            return False
        self._told[caller.subject, answered] = True
        words = {"subject": caller.subject, "role": caller.role.value, "budget": spent.value}
        _log.warning("look-ups beyond the budget", extra={**words, "outcome": outcome})
        return True


def _entry(
    caller: Caller,
    spent: Spent,
    *,
    answered: bool,
    reason: str | None = None,
    about: str | None = None,
) -> Entry:
    return Entry(
        action="lookup.over_budget",
        actor=caller.subject,
        role=caller.role.value,
        about=about,
        reason=reason,
        facts={"budget": spent.value, "answered": answered},
    )
