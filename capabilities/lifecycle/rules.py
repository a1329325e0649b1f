"""Rules of the lifecycle as data: thresholds and touches, one set a programme."""

from collections.abc import Iterable
from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from capabilities.errors import BadInput

Days = Annotated[int, Meta(ge=1, le=3_650)]
Count = Annotated[int, Meta(ge=1, le=1_000)]
Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[a-z0-9_-]+$")]


class Occasion(Enum):
    """What a touch is for."""

    SECOND_PURCHASE = "SECOND_PURCHASE"
    WIN_BACK = "WIN_BACK"


class Window(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many net-paid orders within so many days."""

    orders: Count
    days: Days


class Thresholds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When stages begin. The days of silence count from the last net-paid order."""

    active: Window = Window(orders=2, days=45)
    loyal: Window = Window(orders=5, days=180)
    top_tiers: frozenset[str] = frozenset()
    at_risk_days: Days = 45
    dormant_days: Days = 90
    churned_days: Days = 180
    reactivated_days: Days = 30


class TouchRule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A touch that is due so many days after its anchor, and once more every `every_days`.

    The anchor of a second purchase is the first net-paid order, of a win-back the last one.
    `lapse_days` after it was due it is not sent any more.
    """

    name: Name
    occasion: Occasion
    after_days: Days
    times: Annotated[int, Meta(ge=1, le=12)] = 1
    every_days: Days = 30
    lapse_days: Days = 14


SECOND_PURCHASE = TouchRule(
    name="second-purchase", occasion=Occasion.SECOND_PURCHASE, after_days=45
)
WIN_BACK = TouchRule(name="win-back", occasion=Occasion.WIN_BACK, after_days=180, lapse_days=60)


class RuleSet(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds for the members of a programme; for everybody else where it names none."""

    programme: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    stages: Thresholds = Thresholds()
    touches: tuple[TouchRule, ...] = (SECOND_PURCHASE, WIN_BACK)

    def touch(self, name: str) -> TouchRule | None:
        """The rule of a name."""
        return next((one for one in self.touches if one.name == name), None)


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All rule sets; of several that a person falls under the first one holds."""

    rules: tuple[RuleSet, ...] = (RuleSet(),)

    def of(self, programmes: Iterable[str]) -> RuleSet:
        """What holds for a person with memberships in these programmes."""
        held = set(programmes)
        named = (one for one in self.rules if one.programme in held)
        general = (one for one in self.rules if one.programme is None)
        return next(named, None) or next(general, _DEFAULT)

    def touch_names(self) -> frozenset[str]:
        """Names of all touches."""
        return frozenset(one.name for held in self.rules for one in held.touches)

    def check(self) -> None:
        """BadInput for rules that contradict themselves."""
        programmes = [one.programme for one in self.rules]
        if len(set(programmes)) < len(programmes):
            raise _invalid("a programme has two sets of rules")
        kinds: dict[str, Occasion] = {}
        for held in self.rules:
            _check(held)
            for touch in held.touches:
                if kinds.setdefault(touch.name, touch.occasion) is not touch.occasion:
                    raise _invalid(f"touch {touch.name!r} is for two occasions")


_DEFAULT = RuleSet()


def _check(held: RuleSet) -> None:
    stages = held.stages
    if not stages.at_risk_days < stages.dormant_days < stages.churned_days:
        raise _invalid("at_risk_days, dormant_days and churned_days must rise")
    names = [one.name for one in held.touches]
    if len(set(names)) < len(names):
        raise _invalid("two touches of one set have the same name")
    for touch in held.touches:
        if touch.occasion is Occasion.WIN_BACK and touch.after_days < stages.at_risk_days:
            raise _invalid(f"touch {touch.name!r} comes before the person is at risk")


def _invalid(why: str) -> BadInput:
    return BadInput(f"the lifecycle rules do not hold together: {why}", code="LIFECYCLE_RULES")
