"""The data of the benches: the same for everybody, and of one width."""

import pytest

from bench.expected import difference, expected
from bench.upstream import members
from capabilities.member.phone import BLOCKED, normalise_phone

SOME = (0, 1, 2, 42, 9_999, 65_536, members.MEMBERS - 1)


def test_there_are_enough_members():
    assert members.MEMBERS >= 100_000


@pytest.mark.parametrize("member", SOME)
def test_a_phone_and_a_customer_lead_back_to_the_member(member):
    assert members.member_of_phone(members.phone(member)) == member
    assert members.member_of_phone(f"+86{members.phone(member)}") == member
    for system in range(3):
        number = str(members.customer(member, system))
        assert members.member_of_customer(number, system) == member
        for order in members.orders(member, system):
            assert members.member_of_order(str(order.number), system) == member


@pytest.mark.parametrize("text", ["", "abc", str(int(members.phone(0)) - 1), "99999999999"])
def test_who_is_none_is_none(text):
    assert members.member_of_order(text, 0) is None
    assert members.member_of_phone(text) is None
    assert members.member_of_customer(text, 0) is None


@pytest.mark.parametrize("member", SOME)
def test_the_ten_newest_of_fifteen_lie_in_all_three_systems(member):
    every = [
        (order.minute, system) for system in range(3) for order in members.orders(member, system)
    ]
    assert len(every) == len({minute for minute, _ in every}) == 15
    assert {system for _, system in sorted(every, reverse=True)[:10]} == {0, 1, 2}
    for system in range(3):
        minutes = [order.minute for order in members.orders(member, system)]
        assert minutes == sorted(minutes, reverse=True)


@pytest.mark.parametrize("member", SOME)
def test_an_answer_has_thirty_lines(member):
    edges = expected(member)["member"]["orders"]["edges"]
    assert len(edges) == 10
    assert sum(len(edge["node"]["lines"]) for edge in edges) == 30


def test_every_amount_and_number_has_one_width():
    assert {len(str(members.line(item).cents)) for item in range(members.ITEMS)} == {5}
    for member in SOME:
        for system in range(3):
            orders = members.orders(member, system)
            assert {(len(str(one.number)), len(str(one.cents))) for one in orders} == {(10, 5)}


def test_no_order_number_is_given_twice():
    numbers = [one.number for member in range(300) for one in members.orders(member, 1)]
    assert len(set(numbers)) == len(numbers)


def test_a_difference_is_named_by_its_first_place():
    one, other = expected(42), expected(42)
    assert difference(one, other) is None
    other["member"]["orders"]["edges"][3]["node"]["lines"][1]["quantity"] = 2
    found = difference(one, other)
    assert found is not None
    assert found.startswith("data.member.orders.edges[3].node.lines[1].quantity: 2 in place of")
    del other["member"]["memberships"][0]["tier"]
    assert "memberships[0]" in (difference(one, other) or "")
    assert "3 items" in (difference({"a": [1]}, {"a": [1, 2, 3]}) or "")
    assert difference({"a": 1}, {"a": True}) is not None


def test_every_phone_can_be_somebodys():
    phones = [normalise_phone(members.phone(member)) for member in range(0, members.MEMBERS, 997)]
    assert None not in phones
    assert not any(number in BLOCKED for number in phones)
