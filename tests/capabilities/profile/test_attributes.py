from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capabilities.caller import MembershipKey
from capabilities.profile.attributes import Attribute, Observation, surviving
from capabilities.profile.rules import DEFAULT_RULES, KeyRule, ProfileRules, Survivorship

NOON = datetime(2026, 10, 1, 4, tzinfo=UTC)
SHOP, POS = MembershipKey("shop", "1"), MembershipKey("pos", "2")


def told(value, *, days=0, source="woo", confidence=1.0, key="language", holder=SHOP):
    return Observation(
        holder=holder,
        key=key,
        value=value,
        source=source,
        observed_at=NOON + timedelta(days=days),
        confidence=confidence,
    )


THREE = (
    told("zh", days=2, source="woo", confidence=0.4),
    told("en", days=1, source="pos", confidence=0.9, holder=POS),
    told("yue", days=0, source="sap", confidence=0.5),
)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (KeyRule(survivorship=Survivorship.MOST_RECENT), ["zh"]),
        (KeyRule(survivorship=Survivorship.OLDEST), ["yue"]),
        (KeyRule(survivorship=Survivorship.HIGHEST_CONFIDENCE), ["en"]),
        (KeyRule(survivorship=Survivorship.SOURCE_PRIORITY, sources=("sap", "pos")), ["yue"]),
        (KeyRule(survivorship=Survivorship.SOURCE_PRIORITY, sources=("none",)), ["zh"]),
        (KeyRule(survivorship=Survivorship.UNION), ["en", "yue", "zh"]),
        (KeyRule(survivorship=Survivorship.MOST_RECENT, least_confidence=0.5), ["en"]),
        (KeyRule(survivorship=Survivorship.UNION, least_confidence=0.95), []),
    ],
)
def test_the_rule_decides_whatever_the_order(rule, values):
    rules = ProfileRules(keys={"language": rule})
    for order in permutations(THREE):
        assert [one.value for one in surviving(order, rules)] == values


def test_what_survives_says_where_it_is_from():
    (one,) = surviving(THREE, ProfileRules(keys={"language": KeyRule(personal=False)}), 7)
    assert one == Attribute(
        key="language",
        value="zh",
        source="woo",
        observed_at=NOON + timedelta(days=2),
        confidence=0.4,
        survivorship=Survivorship.MOST_RECENT,
        personal=False,
        rules_version=7,
    )


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("birthday", "1990-05-17", "****-05-**"),
        ("anniversary", "17 May 1990", "1***"),
        ("gender", "F", "F"),
        ("diploma", "博士", "博***"),
    ],
)
def test_a_personal_value_is_masked_and_one_without_a_rule_is_personal(key, value, shown):
    (one,) = surviving([told(value, key=key)], DEFAULT_RULES)
    assert one.value_masked == shown
    assert value not in repr(one) or not value or one.key == "gender"


_OBSERVATIONS = st.lists(
    st.builds(
        told,
        st.sampled_from("ab"),
        days=st.integers(0, 2),
        source=st.sampled_from(("woo", "pos")),
        confidence=st.sampled_from((0.1, 0.5, 1.0)),
        key=st.sampled_from(("language", "city")),
        holder=st.sampled_from((SHOP, POS)),
    ),
    max_size=8,
)


@settings(max_examples=60)
@given(_OBSERVATIONS, st.sampled_from(Survivorship), st.randoms())
def test_no_order_of_arrival_changes_what_survives(observations, how, random):
    rules = ProfileRules(keys={}, otherwise=KeyRule(survivorship=how, sources=("pos",)))
    shuffled = list(observations)
    random.shuffle(shuffled)
    assert surviving(shuffled, rules) == surviving(observations, rules)
    both = surviving([*observations, *shuffled], rules)
    assert both == surviving(observations, rules)
