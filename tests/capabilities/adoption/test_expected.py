"""What may be explained, by which pattern, and until when."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.difference import WHOLE, DiffClass
from capabilities.adoption.expected import ExpectedRule, Rules, check
from capabilities.errors import BadInput
from capabilities.estate import Capability
from capabilities.member.records import Contact, Membership, Points, Tier
from tests.capabilities.adoption.pairs import LEGACY, NOON, PLATFORM

RULE = ExpectedRule(
    id="r1",
    channel="shop",
    capability=Capability.MEMBER,
    field="tier.code",
    klass=DiffClass.MISMATCH,
    pattern="G -> GOLD",
    reason="codes were renamed",
    owner="lin",
    at=NOON,
    expires_at=NOON + timedelta(days=30),
)
WHOLE_STORE = replace(RULE, field=WHOLE, klass=DiffClass.MISSING, pattern="S9*")


def membership(**told):
    return Membership(channel="shop", number="7", source=LEGACY, **told)


def judged(rules, legacy, platform, at=NOON):
    subject = Subject("shop", Capability.MEMBER, "v1", Rules(rules).at(at))
    return compare(subject, "7", legacy, platform, at)


@pytest.mark.parametrize(
    ("pattern", "legacy", "platform", "klass"),
    [
        ("G -> GOLD", "G", "GOLD", DiffClass.EXPECTED),
        ("G -> GOLD", "G", "SILVER", DiffClass.MISMATCH),
        ("G -> GOLD", "GOLD", "G", DiffClass.MISMATCH),
        ("* -> GOLD", "anything", " GOLD", DiffClass.EXPECTED),
        ("- -> *", None, "GOLD", DiffClass.EXPECTED),
        ("- -> *", "G", "GOLD", DiffClass.MISMATCH),
        ("* -> -", "G", None, DiffClass.EXPECTED),
        ("G* -> *", None, "GOLD", DiffClass.MISMATCH),
    ],
)
def test_a_pattern_reads_both_sides(pattern, legacy, platform, klass):
    rule = replace(RULE, pattern=pattern)
    check(rule)
    sides = [membership(tier=code and Tier(code=code)) for code in (legacy, platform)]
    assert judged([rule], *sides).klass is klass


def test_a_pair_with_another_difference_beside_an_explained_one_is_a_mismatch():
    legacy = membership(tier=Tier(code="G"), points=Points(available=5))
    platform = replace(legacy, tier=Tier(code="GOLD"), points=Points(available=6))
    pair = judged([RULE], legacy, platform)
    assert pair.klass is DiffClass.MISMATCH
    assert {one.field: one.klass for one in pair.fields} == {
        "tier.code": DiffClass.EXPECTED,
        "points.available": DiffClass.MISMATCH,
    }
    assert pair.critical


def test_an_explanation_ends():
    sides = [membership(tier=Tier(code=code)) for code in ("G", "GOLD")]
    assert judged([RULE], *sides, at=RULE.expires_at).klass is DiffClass.MISMATCH
    last = RULE.expires_at - timedelta(seconds=1)
    assert judged([RULE], *sides, at=last).klass is DiffClass.EXPECTED


def test_whole_records_are_explained_by_their_store():
    gone = membership(home_store_code="S901")
    assert judged([WHOLE_STORE], gone, None).klass is DiffClass.EXPECTED
    assert judged([WHOLE_STORE], membership(home_store_code="S1"), None).klass is DiffClass.MISSING
    assert judged([WHOLE_STORE], None, gone).klass is DiffClass.EXTRA


@pytest.mark.parametrize("field", ["points.available", "points.pending", "status", "contact.phone"])
def test_what_is_critical_is_never_explained(field):
    rule = replace(RULE, field=field, pattern="* -> *")
    with pytest.raises(BadInput) as refused:
        check(rule)
    assert refused.value.code == "ADOPTION_DIFF_CRITICAL"
    legacy = membership(points=Points(available=5), contact=Contact(phone="13812345678"))
    platform = replace(legacy, points=Points(available=6), contact=Contact(), source=PLATFORM)
    pair = judged([rule], legacy, platform)  # even if it stood in the store
    assert {one.klass for one in pair.fields} == {DiffClass.MISMATCH}


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"klass": DiffClass.LAG}, "class"),
        ({"klass": DiffClass.CANDIDATE_ERROR}, "class"),
        ({"klass": DiffClass.EXTRA}, "field"),
        ({"field": "shoe_size"}, "field"),
        ({"field": ""}, "field"),
        ({"pattern": "GOLD"}, "pattern"),
        ({"pattern": " "}, "pattern"),
        ({"pattern": "a -> b -> c"}, "pattern"),
        ({"pattern": "x" * 201}, "pattern"),
        ({"field": "contact.name", "pattern": "林 -> *"}, "pattern"),
        ({"reason": " "}, "reason"),
        ({"owner": ""}, "reason"),
        ({"expires_at": NOON}, "until"),
        ({"expires_at": NOON + timedelta(days=91)}, "until"),
    ],
)
def test_what_says_nothing_is_refused_with_its_place(wrong, place):
    with pytest.raises(BadInput, match=f"^`{place}`") as refused:
        check(replace(RULE, **wrong))
    assert refused.value.code == "ADOPTION_DIFF_INVALID"


def test_rules_have_a_name_that_changes_with_them():
    other = replace(RULE, id="r2")
    assert Rules().name == ""
    assert Rules([RULE, other]).name == Rules([other, RULE]).name != Rules([RULE]).name
    assert Rules([RULE]).at(RULE.expires_at).name == ""
