import random

import pytest

from capabilities.errors import BadInput
from work.duplicates.scoring import Compared, scored

SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡林郭何高罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞平刚桂英小满文华建国思雨"


def _people(count, seed=7):
    chance = random.Random(seed)  # noqa: S311 - sample people
    return [
        Compared(
            ref=f"p{place}",
            name="".join(chance.choice(part) for part in (SURNAMES, GIVEN, GIVEN)),
            phone=f"1{chance.randrange(3 * 10**9, 10**10)}",
            email=f"u{place}@example.com" if chance.random() < 0.4 else None,
            birthday=f"{chance.randrange(1960, 2008)}-{chance.randrange(1, 13):02d}-11",
            store=f"M{chance.randrange(200):04d}",
        )
        for place in range(count)
    ]


def _twin(one, **changes):
    facts = {name: getattr(one, name) for name in ("name", "phone", "email", "birthday", "store")}
    return Compared(ref=f"twin-{one.ref}", **{**facts, **changes})


def _swapped(phone):
    return phone[:5] + phone[6] + phone[5] + phone[7:]


def _pairs(found):
    return {frozenset((one.left, one.right)): one for one in found}


CROWD = _people(600)


def test_a_mistyped_phone_with_the_same_name_and_birthday_is_likely_one_person():
    one = next(person for person in CROWD if person.phone[5] != person.phone[6])
    twin = _twin(one, phone=_swapped(one.phone), email=None, store="M9999")
    pair = _pairs(scored([*CROWD, twin], 0.9))[frozenset((one.ref, twin.ref))]
    said = {field.field: field.agreement for field in pair.evidence}
    assert said == {"name": "SAME", "phone": "CLOSE", "birthday": "SAME", "store": "DIFFERENT"}
    weights = {field.field: field.weight for field in pair.evidence}
    assert weights["phone"] > 0 > weights["store"]


def test_strangers_are_not_paired():
    assert scored(CROWD, 0.9) == []


def test_a_rare_name_weighs_more_than_a_common_one():
    common = [Compared(ref=f"c{place}", name="王伟", store=f"M{place}") for place in range(60)]
    pairs = [
        *(Compared(ref=f"r{place}", name="欧阳满月", store="M7") for place in (1, 2)),
        *(Compared(ref=f"w{place}", name="王伟", store="M8") for place in (1, 2)),
    ]
    found = _pairs(scored([*CROWD, *common, *pairs], 0.0001))
    rare, usual = found[frozenset(("r1", "r2"))], found[frozenset(("w1", "w2"))]
    assert rare.score > usual.score


def test_a_value_that_many_share_proves_nothing():
    desk = [
        Compared(ref=f"d{place}", name=f"{SURNAMES[place % 20]}{place}", phone="13900000001")
        for place in range(21)
    ]
    assert scored([*CROWD, *desk], 0.01) == []
    assert scored([*CROWD, *desk[:2]], 0.01) != []


def test_the_same_people_score_alike_in_whatever_order_they_come():
    twins = [_twin(one, email=None) for one in CROWD[:5]]
    people = [*CROWD, *twins]
    first = scored(people, 0.5)
    shuffled = random.Random(1).sample(people, len(people))  # noqa: S311 - an order
    again = {key: round(one.score, 9) for key, one in _pairs(scored(shuffled, 0.5)).items()}
    assert {key: round(one.score, 9) for key, one in _pairs(first).items()} == again
    assert len(first) >= 5
    assert [one.score for one in first] == sorted((one.score for one in first), reverse=True)


def test_nobody_and_one_make_no_pair():
    assert scored([], 0.5) == []
    assert scored(CROWD[:1], 0.5) == []


def test_what_is_found_holds_no_value(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one = CROWD[0]
    found = scored([*CROWD, _twin(one)], 0.5)
    told = repr(found)
    assert found
    assert not any(value in told for value in (one.name, one.phone, one.birthday, one.store))
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "splink", None)
    with pytest.raises(BadInput, match="make dedupe") as told:
        scored(CROWD, 0.5)
    assert told.value.code == "EXTRA_MISSING"
