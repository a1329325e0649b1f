from datetime import UTC, date, datetime, timedelta

import pytest

from capabilities.points.benefits import BenefitUse, own_benefits
from capabilities.points.policy import Benefit
from capabilities.points.policy_sense import nonsense
from capabilities.points.records import PolicyRef
from capabilities.points.spans import Span
from capabilities.points.standing import standing_of
from tests.capabilities.points.policies import HOLDER, policy, programme

TODAY = date(2026, 12, 1)
BENEFITS = (
    Benefit(code="birthday", name="A present", uses=1, per=Span(months=12)),
    Benefit(code="welcome", name="A cup", uses=1),
    Benefit(code="parking", name="Parking", tiers=("SILVER", "GOLD"), uses=4),
    Benefit(code="lounge", name="The lounge", tiers=("SILVER",), last=date(2026, 12, 31)),
)
CLUB = programme(policy(benefits=BENEFITS))


def used(benefit, day, programme="club"):
    return BenefitUse(
        id=f"{benefit}{day}",
        membership=HOLDER,
        benefit=benefit,
        policy=PolicyRef(programme, 1),
        day=day,
        reason="t",
        author="desk",
        used_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def shown(*uses, days=(), today=TODAY):
    found = own_benefits(CLUB, standing_of(CLUB, days), today, uses)
    return {one.code: (one.used, one.left, one.since) for one in found}


def test_uses_count_within_the_time_that_ends_today():
    begins = date(2025, 12, 2)
    assert shown()["birthday"] == (0, 1, begins)
    assert shown(used("birthday", begins))["birthday"] == (1, 0, begins)
    assert shown(used("birthday", begins - timedelta(days=1)))["birthday"] == (0, 1, begins)


def test_what_everybody_has_without_a_time_is_used_up_for_good():
    assert shown(used("welcome", date(2026, 1, 5)))["welcome"] == (1, 0, None)
    assert set(shown()) == {"birthday", "welcome"}  # the others are of tiers that she has not


def test_a_benefit_of_a_tier_is_counted_from_the_day_that_its_period_began():
    entered = date(2026, 3, 1)
    uses = [used("parking", day) for day in (date(2026, 2, 1), entered, date(2026, 4, 1))]
    found = shown(*uses, days=[(entered, 600)])
    assert found["parking"] == (2, 2, entered)
    assert found["lounge"] == (0, None, entered)
    later = shown(*uses, days=[(entered, 600), (date(2026, 5, 1), 300)], today=date(2027, 3, 2))
    assert later["parking"] == (0, 4, date(2027, 3, 1))
    assert "lounge" not in later


def test_uses_of_another_programme_or_benefit_do_not_count_and_none_is_less_than_nothing():
    assert shown(used("welcome", TODAY, "cafe"), used("birthday", TODAY))["welcome"][0] == 0
    assert shown(*(used("welcome", TODAY) for _ in range(3)))["welcome"][:2] == (3, 0)


@pytest.mark.parametrize(
    ("benefit", "place"),
    [
        (Benefit(code="x", name="X", uses=0), ("benefits", 1, "uses")),
        (Benefit(code="x", name="X", uses=1, per=Span()), ("benefits", 1, "per")),
        (Benefit(code="x", name="X", per=Span(days=1)), ("benefits", 1, "per")),
        (Benefit(code="welcome", name="X"), ("benefits", 1, "code")),
    ],
)
def test_what_makes_no_sense_is_said(benefit, place):
    assert [at for at, _ in nonsense(policy(benefits=(BENEFITS[1], benefit)))] == [place]
    assert list(nonsense(policy(benefits=BENEFITS))) == []
