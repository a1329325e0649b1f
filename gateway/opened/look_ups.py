"""How many people staff and machines look up, counted for all processes of a brand."""

from collections.abc import Mapping

from msgspec import Struct

from cache.lookups import LookUps
from capabilities.caller import Caller
from capabilities.lookups import LookUpBudget
from gateway.federation.look_ups import CallersLookUps
from gateway.look_up_alarm import LookUpAlarm
from gateway.opened.ground import Ground
from gateway.settings import Settings
from store.access.audit import Audit


class StaffLookUps(Struct, frozen=True, eq=False):
    """The budgets, what was spent of them, and the alarm beyond."""

    counts: LookUps
    budgets: Mapping[bool, LookUpBudget]
    alarm: LookUpAlarm

    def of(self, caller: Caller, reason: str | None) -> CallersLookUps:
        """Those of one caller; `reason` is why she looks up more than her budget allows."""
        return CallersLookUps(caller, self.counts, self.budgets[caller.machine], self.alarm, reason)


def look_ups_of(ground: Ground) -> StaffLookUps:
    """The look-ups of a process."""
    settings, brand = ground.settings, ground.brand
    return StaffLookUps(
        LookUps(ground.near, brand, ground.key("lookups"), settings.processes),
        _budgets(settings),
        LookUpAlarm(Audit(ground.store, brand), ground.metrics.look_ups_beyond),
    )


def _budgets(settings: Settings) -> Mapping[bool, LookUpBudget]:
    """The budgets of machines with an API key, and of people."""
    return {
        True: LookUpBudget(settings.key_lookups_per_10_minutes, settings.key_lookups_per_day),
        False: LookUpBudget(settings.lookups_per_10_minutes, settings.lookups_per_day),
    }
