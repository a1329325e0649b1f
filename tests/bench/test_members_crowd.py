"""The crowd of the bench is what its figures say: overlap, dirt, and a phone of a counter."""

from collections import Counter

from bench.members.crowd import SYSTEMS, Crowd
from capabilities.member.phone import normalise_phone

CROWD = Crowd(20_000)
ROWS = {name: list(CROWD.rows(name)) for name in SYSTEMS}
ALL = [row for rows in ROWS.values() for row in rows]


def test_there_are_as_many_as_were_asked_for_and_each_has_a_number_of_its_own():
    assert {name: len(rows) for name, rows in ROWS.items()} == {
        "crm": 8_000,
        "till": 8_000,
        "drop": 4_000,
    }
    for rows in ROWS.values():
        assert len({row.number for row in rows}) == len(rows)
        assert [row.joined for row in rows] == sorted(row.joined for row in rows)


def test_a_fifth_belongs_to_people_of_another_system():
    people = Counter(row.name for row in ALL)
    assert len(people) == 16_000
    assert max(people.values()) == 2
    of_drop = {row.name for row in ROWS["drop"]}
    assert of_drop <= {row.name for row in (*ROWS["crm"], *ROWS["till"])}


def test_a_twentieth_of_the_phones_joins_nobody_and_five_hundred_are_the_counters():
    known = [normalise_phone(row.phone) for row in ALL]
    assert known.count("+8613988887777") == 500
    assert known.count(None) == len(ALL) // 20 - 500 // 20


def test_one_in_a_hundred_has_changed_the_second_time():
    again = list(Crowd(20_000, again=True).rows("till"))
    changed = [new for new, old in zip(again, ROWS["till"], strict=True) if new != old]
    assert len(changed) == 80
    assert all(row.changed is not None for row in changed)
