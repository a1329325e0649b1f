"""What a system's row means beside our own writes: an echo, a late one, or a change of theirs."""

import itertools

import pytest

from capabilities.adoption.standing import ConflictPolicy
from capabilities.adoption.states import Side
from capabilities.member.echoes import (
    AS_SHOWN,
    FIELDS,
    Agreement,
    OwnWrite,
    Shown,
    is_settled,
    judged,
    told_by,
)
from capabilities.member.names import completed, parts_of
from capabilities.member.split_name import split_name
from capabilities.member.writing import PersonFields

LEGACY, PLATFORM = Side.LEGACY, Side.PLATFORM
WINS, WISE, QUEUE = ConflictPolicy.LEADER_WINS, ConflictPolicy.FIELD_WISE, ConflictPolicy.QUEUE
BASE = {"phone": b"p0", "email": b"e0", "name": b"n0"}


def write(command, leader=PLATFORM, *, open_=False, repair=False, **marks):
    return OwnWrite(command=command, leader=leader, marks=marks, open=open_, repair=repair)


def row(origin=None, ours=None, **theirs):
    return Shown(ours={**BASE, **(ours or {})}, theirs={**BASE, **theirs}, origin=origin)


def agreed(*writes, seen=None, base=BASE):
    return Agreement(base=base, seen=seen, writes=writes)


@pytest.mark.parametrize("policy", list(ConflictPolicy))
@pytest.mark.parametrize("leader", list(Side))
def test_an_echo_changes_nothing_and_is_seen(leader, policy):
    known = agreed(write("c1", leader, phone=b"p1"))
    verdict = judged(known, row("c1", {"phone": b"p1"}, phone=b"p1"), leader, policy)
    assert (verdict.repair, verdict.clash, verdict.stale) == (frozenset(), frozenset(), False)
    assert verdict.seen == "c1"


def test_an_older_echo_leaves_what_is_newer():
    writes = write("c1", phone=b"p1"), write("c2", phone=b"p2")
    ours = {"phone": b"p2"}
    early = judged(agreed(*writes), row("c1", ours, phone=b"p1"), PLATFORM, WINS)
    assert early.keep == {"phone"}
    assert not early.repair
    late = judged(agreed(*writes, seen="c2"), row("c1", ours, phone=b"p1"), PLATFORM, WINS)
    assert late.stale
    assert late.keep == set(FIELDS)


def test_a_row_from_before_a_write_leaves_what_is_on_its_way():
    known = agreed(write("c1", open_=True, phone=b"p1"))
    verdict = judged(known, row(None, {"phone": b"p1"}), PLATFORM, WINS)
    assert verdict.keep == {"phone"}
    assert not verdict.repair


def test_somebody_who_undoes_a_write_of_ours_is_no_echo():
    writes = write("c1", phone=b"p1"), write("c2", phone=b"p2")
    known = agreed(*writes, seen="c2", base={**BASE, "phone": b"p2"})
    shown = row("c2", {"phone": b"p2"}, phone=b"p1")
    assert judged(known, shown, PLATFORM, WINS).repair == {"phone"}
    assert not judged(known, shown, PLATFORM, WISE).keep
    assert not judged(known, shown, LEGACY, WINS).keep


@pytest.mark.parametrize("policy", list(ConflictPolicy))
def test_a_field_that_only_they_changed(policy):
    known = agreed(write("c1", phone=b"p1"), seen="c1", base={**BASE, "phone": b"p1"})
    shown = row("c1", {"phone": b"p1"}, phone=b"p1", email=b"e9")
    verdict = judged(known, shown, PLATFORM, policy)
    overruled = {"email"} if policy is WINS else set()
    assert (verdict.keep, verdict.repair, verdict.clash) == (overruled, overruled, set())


@pytest.mark.parametrize("policy", list(ConflictPolicy))
def test_a_field_that_both_changed_stays_ours_and_may_wait_for_a_person(policy):
    known = agreed(write("c1", open_=True, phone=b"p1"))
    verdict = judged(known, row(None, {"phone": b"p1"}, phone=b"p9"), PLATFORM, policy)
    assert verdict.keep == {"phone"}
    assert verdict.clash == ({"phone"} if policy is QUEUE else set())
    assert not verdict.repair  # what is on its way tells it


def test_a_system_that_undoes_a_repair_is_not_told_for_ever():
    base = {**BASE, "phone": b"p1"}
    known = agreed(write("c1", phone=b"p1", repair=True), seen="c1", base=base)
    verdict = judged(known, row("c1", {"phone": b"p1"}, phone=b"p9"), PLATFORM, WINS)
    assert (verdict.repair, verdict.clash) == (set(), {"phone"})


def test_a_membership_that_we_never_wrote_is_as_its_system_says_unless_we_lead():
    shown = row(email=b"e9")
    assert not judged(None, shown, LEGACY, WINS).keep
    assert not judged(None, shown, PLATFORM, WISE).keep
    assert judged(None, shown, PLATFORM, WINS).repair == {"email"}


def test_a_system_without_marks_is_known_by_content():
    writes = write("c1", phone=b"p1"), write("c2", phone=b"p2")
    ours = {"phone": b"p2"}
    assert judged(agreed(*writes), row(None, ours, phone=b"p2"), PLATFORM, WINS).seen == "c2"
    late = judged(agreed(*writes, seen="c2"), row(None, ours, phone=b"p1"), PLATFORM, WINS)
    assert late.stale


def test_of_a_name_in_part_the_system_says_the_whole():
    assert told_by(PersonFields(family_name="林")) == {"name": None}
    known = agreed(write("c1", name=AS_SHOWN))
    verdict = judged(known, row("c1", name=b"n1"), PLATFORM, WINS)
    assert (verdict.keep, verdict.repair) == (set(), set())


def test_a_row_is_settled_behind_the_newest_write_alone():
    writes = write("c1", phone=b"p1"), write("c2", phone=b"p2")
    assert is_settled(agreed(*writes), row("c2", phone=b"p2"))
    assert not is_settled(agreed(*writes), row("c1", phone=b"p1"))
    assert not is_settled(agreed(*writes, write("c3", open_=True, email=b"e")), row("c3"))


@pytest.mark.parametrize("name", ["林小满", "欧阳修", "王", "Mary Ann", "欧阳"])
def test_a_name_in_two_parts_is_the_name(name):
    parts = parts_of(name)
    assert f"{parts.family_name}{parts.given_name}" == name


@pytest.mark.parametrize("name", ["林小满", "欧阳修", "司空图", "東方朔", "王", "欧阳", "㐀明"])
def test_every_door_splits_a_name_alike(name):
    parts = parts_of(name)
    assert split_name(name) == (parts.family_name, parts.given_name)


def test_a_part_of_a_name_is_written_beside_the_other_as_it_stood():
    done = completed(PersonFields(family_name="赵"), "欧阳小满")
    assert (done.family_name, done.given_name) == ("赵", "小满")
    done = completed(PersonFields(given_name="明", email="a@b.test"), "林晓")
    assert (done.family_name, done.given_name, done.email) == ("林", "明", "a@b.test")
    whole, none = PersonFields(family_name="王", given_name="一"), PersonFields(email="a@b.test")
    assert (completed(whole, "林晓"), completed(none, "林晓")) == (whole, none)


def test_whatever_order_rows_come_in_the_newest_write_stands():
    """Every row that ever showed some of our writes, in every order, some of them twice."""
    writes = [write(f"c{n}", phone=b"p%d" % n) for n in range(1, 4)]
    rows = [("c1", b"p1"), ("c2", b"p2"), ("c3", b"p3"), ("c2", b"p2")]
    for order in itertools.permutations(rows):
        seen, base, ours = None, BASE, b"p3"
        for origin, phone in order:
            known = agreed(*writes, seen=seen, base=base)
            shown = row(origin, {"phone": ours}, phone=phone)
            verdict = judged(known, shown, PLATFORM, WINS)
            assert not verdict.repair
            if "phone" not in verdict.keep:
                ours = phone
            if not verdict.stale:
                seen, base = verdict.seen, shown.theirs
        assert ours == b"p3"
