"""Memberships while their system is being adopted: who answers whom, and what the answer says."""

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.adoption.cohort import Cohorts, within
from capabilities.adoption.defining import version_of
from capabilities.adoption.states import Side
from capabilities.caller import MembershipKey, Role
from capabilities.errors import ChannelError, Unavailable
from capabilities.member.person import phone_identity
from capabilities.member.ports import MembershipSource
from capabilities.member.records import MembershipFilter
from capabilities.page import ConnectionArgs
from capabilities.sources import SourceStatus
from connectors.basis import basis_of_spec
from gateway.federation.switch import sides_of
from store.engine import Store
from store.member.members import Members
from tests.gateway.federation.adopting import MEMBER, Place, S, member, phone_of, plain
from tests.migrated import migrated

PEOPLE = range(1, 31)


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "adopted_members")


@pytest.fixture
async def place(database):
    store = Store.open(database, deadline_seconds=30)
    made = Place(store)
    for number in PEOPLE:
        made.shop.members[str(number)] = member(number)
    await made.copy(*made.shop.members.values())
    yield made
    made.abandon()
    await store.aclose()


async def ids(place):
    """Whose each of the shop's memberships is."""
    keys = [MembershipKey("shop", str(one)) for one in PEOPLE]
    found = await Members(place.store, place.brand).by_membership(keys)
    return {key.number: one.one_id for key, one in zip(keys, found, strict=True)}


async def answered(place, *numbers):
    """Who answered each number in a request of its own."""
    rows = await place.request().memberships(*numbers)
    return {one.number: one.source.answered_by for one in rows if one is not None}


async def test_an_estate_that_adopts_nothing_has_no_switch(place):
    reads = place.request()
    assert reads.request.switch is None
    assert set((await answered(place, *PEOPLE)).values()) == {"woo"}


async def test_in_a_canary_a_person_is_answered_by_her_place_alone(place):
    place.stand(S.CANARY_READ, read_points=3_000)
    whose = await ids(place)
    first = {number for number, one in whose.items() if within(MEMBER, one, 3_000)}
    assert 0 < len(first) < len(PEOPLE)
    told = await answered(place, *PEOPLE)
    assert {number for number, by in told.items() if by == "platform"} == first
    assert {number for number, by in told.items() if by == "woo"} == whose.keys() - first
    place.stand(S.CANARY_READ, read_points=6_000)
    more = await answered(place, *PEOPLE)
    assert first < {number for number, by in more.items() if by == "platform"}


async def test_both_sides_say_the_same_of_everybody(place):
    legacy = await place.request().memberships(*PEOPLE)
    place.stand(S.MIDDLE_READ)
    asked = len(place.shop.asked)
    copied = await place.request().memberships(*PEOPLE)
    assert len(place.shop.asked) == asked
    assert [plain(one) for one in copied] == [plain(one) for one in legacy]
    assert {one.source.connector for one in copied} == {"woo"}
    assert [one.id for one in copied] == [one.id for one in legacy]


@pytest.mark.parametrize(("points", "pure"), [(0, S.FEDERATED_READ), (10_000, S.MIDDLE_READ)])
async def test_all_or_nothing_of_a_canary_is_the_state_beside_it(place, points, pure):
    place.shop.members["77"] = member(77)
    people = (*PEOPLE, 77, 99)

    async def all_of_it(asked=people):
        reads = place.request()
        by_phone = [
            await reads.persons.by_identity(phone_identity(phone_of(one))) for one in asked[:5]
        ]
        told = [
            (one.memberships, [(r.name, r.status, r.count, r.channels) for r in one.sources])
            for one in by_phone
        ]
        return await place.request().memberships(*asked), told

    place.stand(S.CANARY_READ, read_points=points)
    canary = await all_of_it()
    place.stand(pure)
    assert await all_of_it() == canary


async def test_whom_the_copy_lacks_her_system_answers_until_the_platform_owns_her(place):
    place.shop.members["88"] = member(88)
    for state in (S.CANARY_READ, S.MIDDLE_READ, S.DUAL_WRITE_MIDDLE_LEAD):
        place.stand(state, read_points=10_000)
        assert await answered(place, 88, 1) == {"88": "woo", "1": "platform"}
    for state in (S.MIDDLE_OWNED, S.LEGACY_RETIRED):
        place.stand(state)
        place.shop.asked.clear()
        assert await answered(place, 88, 1) == {"1": "platform"}
        assert place.shop.asked == []


async def test_a_request_decides_once_also_where_it_brings_her_to_the_store(place):
    place.shop.members["88"] = member(88)
    place.stand(S.CANARY_READ, read_points=10_000)
    reads = place.request()
    found = await reads.persons.by_identity(phone_identity(phone_of(88)))
    assert [one.source.answered_by for one in found.memberships] == ["woo"]
    assert found.version is not None, "the store has taken her in meanwhile"
    (again,) = await reads.memberships(88)
    assert again.source.answered_by == "woo"
    assert await answered(place, 88) == {"88": "platform"}


async def test_standings_that_change_do_not_tear_a_request(place):
    place.stand(S.CANARY_READ, read_points=10_000)
    reads = place.request()
    (first,) = await reads.memberships(1)
    place.stand(S.FEDERATED_READ)
    (same, other) = await reads.memberships(1, 2)
    assert {one.source.answered_by for one in (first, same, other)} == {"platform"}
    assert await answered(place, 2) == {"2": "woo"}


async def test_cohorts_go_first(place):
    whose = await ids(place)
    chosen = Cohorts(members=frozenset({whose["7"]}))
    place.stand(S.CANARY_READ, cohorts=chosen)
    told = await answered(place, *PEOPLE)
    assert {number for number, by in told.items() if by == "platform"} == {"7"}


async def test_who_shares_a_phone_is_answered_by_each_ones_side(place):
    shared = phone_of(1)
    twin = replace(member(40), contact=member(1).contact)
    place.shop.members["40"] = twin
    place.tills.members["5"] = member(5, "store", "pos")
    await place.copy(twin)
    place.stand(S.CANARY_READ, cohorts=Cohorts(members=frozenset({(await ids(place))["1"]})))
    found = await place.request().persons._search.find(phone_identity(shared))
    assert {one.number for one in found.memberships} == {"1", "40"}
    assert {one.source.answered_by for one in found.memberships} <= {"platform", "woo"}
    reports = {one.name: one for one in found.reports}
    assert reports["platform"].count == 2, "they are one person, so one side answers"
    assert reports["pos"].status is SourceStatus.OK


async def test_of_a_look_up_that_both_answer_one_that_fails_is_told(place):
    place.stand(S.CANARY_READ, cohorts=Cohorts(members=frozenset({(await ids(place))["1"]})))
    place.shop.error = Unavailable("not reached")
    reads = place.request()
    person = await reads.persons.by_identity(phone_identity(phone_of(1)))
    assert [one.source.answered_by for one in person.memberships] == ["platform"]
    with pytest.raises(Unavailable, match="not reached"):
        await place.request().persons.by_identity(phone_identity(phone_of(2)))


async def test_a_field_may_lag_the_rest(place):
    place.shop.members["1"] = member(1, points=7)
    place.stand(S.MIDDLE_READ, fields={"points": Side.LEGACY})
    (one,) = await place.request().memberships(1)
    assert one.source.answered_by == "platform"
    assert one.points.available == 7
    listed = await place.request().listings.memberships(MembershipFilter(), ConnectionArgs(first=9))
    assert {edge.node.number: edge.node.points.available for edge in listed.edges}["1"] == 7
    person = await place.request().persons.by_identity(phone_identity(phone_of(1)))
    assert person.memberships[0].points.available == 7
    place.shop.error = Unavailable("not reached")
    reads = place.request()
    load = reads.request.load(place.connections[0], "memberships", place.shop.memberships, "2")
    loaded = await load
    assert loaded.value.points is None, "what was not moved is never guessed"
    assert loaded.value.contact.name == "客2"
    assert loaded.error is not None


async def test_a_field_may_go_ahead_of_the_rest(place):
    place.shop.members["1"] = member(1, points=7)
    place.stand(S.CANARY_READ, fields={"points": Side.PLATFORM})
    (one,) = await place.request().memberships(1)
    assert (one.source.answered_by, one.points.available) == ("woo", 100)


async def test_lists_are_the_systems_until_the_platform_reads_for_all(place):
    async def sources():
        args = ConnectionArgs(first=50)
        page = await place.request().listings.memberships(MembershipFilter(), args)
        assert [int(edge.node.number) for edge in page.edges] == list(PEOPLE)
        return {
            (one.name, channel): one.count
            for one in page.sources
            for channel in one.channels
            if one.count
        }

    place.stand(S.CANARY_READ, read_points=9_999)
    assert await sources() == {("woo", "shop"): len(PEOPLE)}
    for state in (S.CANARY_READ, S.MIDDLE_READ):
        place.stand(state, read_points=10_000)
        assert await sources() == {("platform", "shop"): len(PEOPLE)}


async def test_a_broken_connector_does_not_matter_where_the_platform_answers(place):
    place.connections[0].connector = None
    place.stand(S.LEGACY_RETIRED)
    person = await place.request().persons.by_identity(phone_identity(phone_of(1)))
    assert person.memberships[0].number == "1"
    assert (await place.request().persons.membership("shop", "2")).number == "2"


async def test_who_compares_is_shown_what_was_just_answered(place):
    place.stand(S.CANARY_READ, read_points=5_000)
    told = await answered(place, *PEOPLE, 99)
    by_side = {one.answered: one for one in place.shadow.offered}
    assert set(by_side) == {Side.LEGACY, Side.PLATFORM}
    for side, name in ((Side.LEGACY, "woo"), (Side.PLATFORM, "platform")):
        offered = dict(zip(by_side[side].keys, by_side[side].answers, strict=True))
        rows = {number: one for number, one in offered.items() if one is not None}
        assert rows.keys() == {number for number, by in told.items() if by == name}
    assert by_side[Side.LEGACY].keys[-1] == "99"
    one = by_side[Side.LEGACY]
    for side in Side:
        (row,) = await one.ask[side](["3"])
        assert (row.number, row.source.copied) == ("3", side is Side.PLATFORM)
    version = version_of(basis_of_spec(place.connections[0].spec, place.shop.digest, MEMBER))
    assert (one.channel, one.capability, one.version) == ("shop", MEMBER, version)


async def test_nobody_compares_where_both_sides_are_not_asked(place):
    place.stand(S.DUAL_WRITE_LEGACY_LEAD)
    await answered(place, 1)
    assert place.shadow.offered == []


async def test_a_door_may_ask_who_answers(place):
    place.shop.members["88"] = member(88)
    place.stand(S.MIDDLE_READ)
    reads = place.request()
    sides = await sides_of(reads.request, MEMBER, "shop", ["1", "88"])
    assert sides == [Side.PLATFORM, Side.LEGACY]
    assert await sides_of(reads.request, MEMBER, "store", ["1"]) == [Side.LEGACY]


async def test_while_postgresql_is_away_the_system_answers_and_it_is_told(database):
    away = Store.open("postgresql://127.0.0.1:1/away", deadline_seconds=5)
    place = Place(away)
    place.shop.members["1"] = member(1)
    for state in (S.CANARY_READ, S.MIDDLE_READ, S.MIDDLE_OWNED):
        place.stand(state, read_points=10_000)
        reads = place.request()
        person = await reads.persons.by_identity(phone_identity(phone_of(1)))
        assert [one.number for one in person.memberships] == ["1"]
        told = {one.name: one for one in person.sources}
        assert (told["woo"].status, told["woo"].code) == (SourceStatus.OK, "ADOPTION_FELL_BACK")
        (row,) = await place.request().memberships(1)
        assert row.source.answered_by == "woo"
    place.stand(S.MIDDLE_READ)
    page = await place.request().listings.memberships(MembershipFilter(), ConnectionArgs(first=5))
    assert [edge.node.number for edge in page.edges] == ["1"]
    assert "ADOPTION_FELL_BACK" in {one.code for one in page.sources}
    place.stand(S.LEGACY_RETIRED)
    with pytest.raises(Unavailable):
        await place.request().memberships(1)
    place.abandon()
    await away.aclose()


async def test_a_request_pays_the_same_whoever_answers(place):
    spent = []
    for state in (S.FEDERATED_READ, S.CANARY_READ, S.MIDDLE_READ):
        place.stand(state)
        request = place.request(max_calls=100)
        await request.memberships(*PEOPLE)
        spent.append(request.request.allowance.calls_left)
    assert len(set(spent)) == 1


@pytest.mark.parametrize("state", [S.UNREGISTERED, S.REGISTERED, S.CONTRACT_OK])
async def test_before_a_channel_is_read_administrators_alone_are_answered(place, state):
    place.stand(state)
    phone = phone_identity(phone_of(1))
    with pytest.raises(ChannelError) as caught:
        await place.request().memberships(1)
    assert caught.value.code == "ADOPTION_NOT_ANSWERED"
    with pytest.raises(ChannelError):
        await place.request().persons.by_identity(phone)
    args = ConnectionArgs(first=5)
    page = await place.request().listings.memberships(MembershipFilter(), args)
    assert page.edges == ()
    told = {one.name: one.status for one in page.sources}
    assert told["woo"] is SourceStatus.SKIPPED
    assert place.shop.asked == []
    (row,) = await place.request(role=Role.ADMIN).memberships(1)
    assert row.number == "1"
    her = await place.request(role=Role.ADMIN).persons.by_identity(phone)
    assert [one.number for one in her.memberships] == ["1"]


async def test_a_tester_goes_first_by_her_label(place):
    place.stand(S.CANARY_READ, cohorts=Cohorts(labels=frozenset({"tester"})))
    for labels, by in (({"tester"}, "platform"), ({"other"}, "woo"), (set(), "woo")):
        (row,) = await place.request(labels=frozenset(labels)).memberships(1)
        assert row.source.answered_by == by


async def test_a_store_goes_first_by_where_she_is_at_home(place):
    place.shop.members["50"] = replace(member(50), home_store_code="M1")
    await place.copy(place.shop.members["50"])
    place.stand(S.CANARY_READ, cohorts=Cohorts(stores=frozenset({"M1"})))
    assert await answered(place, 1, 50) == {"1": "woo", "50": "platform"}


async def test_it_is_counted_who_answers_and_how_the_platform_fares(place):
    place.shop.members["88"] = member(88)
    place.stand(S.MIDDLE_READ)
    await answered(place, 1, 2, 88)
    assert place.counted == {
        ("woo", "member", "PLATFORM"): 2,
        ("woo", "member", "LACKING"): 1,
    }
    assert place.parts.figures_of("woo", MEMBER).recent().error_rate == 0
    assert place.parts.figures_of("pos", MEMBER) is None


async def test_a_live_question_reads_the_copy_anew(place):
    place.stand(S.MIDDLE_READ)
    reads = place.request()
    connection, ask = place.connections[0], place.shop.memberships
    before = await reads.request.load(connection, "memberships", ask, "1")
    await place.copy(member(1, points=9))
    same = await reads.request.load(connection, "memberships", ask, "1")
    live = await reads.request.load(connection, "memberships", ask, "1", live=True)
    told = [one.value.points.available for one in (before, same, live)]
    assert told == [100, 100, 9]


class _Plain(MembershipSource):
    """A system that nobody can be looked up in but by a number."""

    one_credential, digest, native_types, abilities = True, "1", (), frozenset()

    def __init__(self, system):
        self.turn, self.memberships = system.turn, system.memberships

    async def memberships(self, numbers):
        raise NotImplementedError


async def test_where_a_system_cannot_look_people_up_the_platform_does(place):
    first = (await ids(place))["1"]
    place.connections[0].connector = _Plain(place.shop)
    place.stand(S.CANARY_READ, cohorts=Cohorts(members=frozenset({first})))
    her = await place.request().persons.by_identity(phone_identity(phone_of(1)))
    assert [one.source.answered_by for one in her.memberships] == ["platform"]
    search = place.request().persons._search
    found = await search.find(phone_identity(phone_of(2)))
    assert found.memberships == ()
    assert {one.name: one.status for one in found.reports}["woo"] is SourceStatus.SKIPPED


async def test_a_copy_that_hangs_leaves_its_system_time_to_answer(place, postgres):
    place.stand(S.MIDDLE_READ)
    with psycopg.connect(migrated(postgres, "adopted_members")) as other:
        other.execute("LOCK TABLE membership_records")
        reads = place.request(seconds=8)
        ask = place.shop.memberships
        load = reads.request.load(place.connections[0], "memberships", ask, "1")
        listing = place.request(seconds=8).listings
        page = await listing.memberships(MembershipFilter(), ConnectionArgs(first=3))
        loaded = await load
        assert (loaded.value.source.answered_by, loaded.error.code) == ("woo", "ADOPTION_FELL_BACK")
        assert [edge.node.number for edge in page.edges] == ["1", "2", "3"]
        assert {one.code for one in page.sources} == {None, "ADOPTION_FELL_BACK"}
    assert place.parts.figures_of("woo", MEMBER).recent().error_rate == 1
    assert await answered(place, 1) == {"1": "platform"}
