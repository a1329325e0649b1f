"""Merges by people: undone without a trace, and never in the way of what happens later."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capabilities.caller import MembershipKey
from capabilities.member.merging import (
    MembersMerged,
    MembersUnmerged,
    MergeDeclined,
    MergePreview,
)
from capabilities.member.review import CandidateDecided, CandidateDeclined, CandidateState, Verdict
from store.engine import Store
from store.member.merge_records import Author
from store.member.merging import Merging, looked_at
from store.member.review import Review
from tests.migrated import migrated
from tests.store.member.taking import START, Desk, fresh_brand, membership

LIN, WANG, ZHAO = "13912345678", "13712345678", "13612345678"
DESK = Author("desk-1", "she says so", START)


class Counter(Desk):
    """Takes memberships in, and merges people."""

    def __init__(self, store, brand="baiwei"):
        super().__init__(store, brand)
        self.merging = Merging(self.intake.people, self.intake.rules)
        self.review = Review(store, brand, self.merging)

    async def merge(self, *one_ids, **wish):
        return await self.store.transaction(
            lambda run: self.merging.merge(run, one_ids, DESK, **wish)
        )

    async def unmerge(self, record):
        return await self.store.transaction(lambda run: self.merging.unmerge(run, record, DESK))

    async def split(self, *keys):
        return await self.store.transaction(lambda run: self.merging.split(run, keys, DESK))

    async def judge(self, key, verdict, **more):
        return await self.store.transaction(
            lambda run: self.review.judge(run, key, verdict, DESK, **more)
        )

    async def holder(self, channel, number):
        return next(one for one, held in (await self.people()).items() if (channel, number) in held)

    async def everything(self):
        """All that tells who is whom, without what a merge must leave behind."""
        claims = await self.rows(
            "SELECT hash, number, channel, kind, verified, gone, sealed_value "
            "FROM identity_claims WHERE brand = :brand ORDER BY 1, 2, 3"
        )
        links = await self.rows(
            "SELECT number, channel, one_id, own_id FROM membership_links WHERE brand = :brand "
            "ORDER BY 1, 2"
        )
        records = await self.rows(
            "SELECT * FROM membership_records WHERE brand = :brand ORDER BY number, channel"
        )
        members = await self.rows(
            "SELECT one_id, status FROM members WHERE brand = :brand AND status <> 'MERGED' "
            "ORDER BY 1"
        )
        aliases = sorted((await self.aliases()).items())
        return [list(map(tuple, part)) for part in (claims, links, records, members)], aliases


@pytest.fixture
def desk(store):
    return Counter(store)


async def two_people(desk):
    await desk.take(
        membership("pos", "1", phone=LIN, card="BW1", programme="club"),
        membership("woo", "1", phone=LIN),
        membership("pos", "2", card="BW2", programme="club"),
    )
    return await desk.holder("pos", "1"), await desk.holder("pos", "2")


async def test_a_merge_moves_memberships_names_the_survivor_and_leaves_the_old_id(desk):
    lin, wang = await two_people(desk)
    await desk.changes()
    for ids in ((wang, lin), (lin, wang)):
        done = await desk.merge(*ids, overrides={"DECIDED"})
        assert isinstance(done, MembersMerged)
        assert (done.one_id, done.merged) == (lin, (wang,))
        assert await desk.people() == {lin: (("pos", "1"), ("pos", "2"), ("woo", "1"))}
        assert await desk.aliases() == {wang: lin}
        assert await desk.changes() == {lin, wang}
        await desk.unmerge(done.record)
        await desk.changes()


async def test_an_undone_merge_leaves_everything_as_it_was(desk):
    lin, wang = await two_people(desk)
    before = await desk.everything()
    done = await desk.merge(lin, wang)
    assert await desk.everything() != before
    undone = await desk.unmerge(done.record)
    assert isinstance(undone, MembersUnmerged)
    assert {one.one_id: len(one.memberships) for one in undone.parts} == {lin: 2, wang: 1}
    assert await desk.everything() == before


async def test_what_came_after_a_merge_follows_its_membership(desk):
    lin, wang = await two_people(desk)
    done = await desk.merge(lin, wang)
    await desk.take(membership("sap", "9", card="BW2", programme="club"))
    await desk.take(membership("sap", "8", phone=LIN))
    await desk.unmerge(done.record)
    people = await desk.people()
    assert people[wang] == (("pos", "2"), ("sap", "9"))
    assert people[lin] == (("pos", "1"), ("sap", "8"), ("woo", "1"))


async def test_what_belongs_to_both_sides_of_an_undone_merge_waits_for_a_person(desk):
    lin, wang = await two_people(desk)
    done = await desk.merge(lin, wang)
    await desk.take(membership("sap", "9", phone=LIN, card="BW2", programme="club"))
    await desk.unmerge(done.record)
    people = await desk.people()
    assert ("sap", "9") in people[wang]  # a card counts more than a phone
    await desk.take(membership("pos", "2", phone=LIN, card="BW2", programme="club"))
    assert await desk.people() == people


async def test_an_undone_merge_is_not_made_again_by_any_rule(desk):
    lin, wang = await two_people(desk)
    await desk.unmerge((await desk.merge(lin, wang)).record)
    await desk.take(membership("pos", "2", phone=LIN, card="BW2", programme="club"))
    assert len(await desk.people()) == 2
    declined = await desk.merge(lin, wang)
    assert isinstance(declined, MergeDeclined)
    assert [one.code for one in declined.blocks] == ["DECIDED"]
    again = await desk.merge(lin, wang, overrides={"DECIDED"})
    assert len(await desk.people()) == 1
    await desk.unmerge(again.record)
    assert len(await desk.people()) == 2


async def test_a_conflict_blocks_until_somebody_overrides_it(desk):
    await desk.take(
        membership("pos", "1", phone=LIN, union="u1"), membership("woo", "2", phone=LIN, union="u2")
    )
    ids = sorted(await desk.people())
    declined = await desk.merge(*ids)
    assert (declined.code, [one.code for one in declined.blocks]) == (
        "MERGE_BLOCKED",
        ["CONFLICT:WECHAT_UNIONID"],
    )
    assert len(await desk.people()) == 2
    forced = await desk.merge(*ids, overrides={"CONFLICT:WECHAT_UNIONID"})
    assert len(await desk.people()) == 1
    await desk.unmerge(forced.record)
    assert sorted(await desk.people()) == ids


async def test_a_preview_says_everything_and_does_nothing(desk, database):
    lin, wang = await two_people(desk)
    before = await desk.everything()
    looked = await looked_at(desk.store, lambda run: desk.merging.preview(run, [wang, lin], DESK))
    assert isinstance(looked, MergePreview)
    assert (looked.one_id, looked.blocks) == (lin, ())
    assert {one.one_id: one.memberships for one in looked.parts} == {
        lin: (MembershipKey("pos", "1"), MembershipKey("woo", "1")),
        wang: (MembershipKey("pos", "2"),),
    }
    done = await desk.merge(lin, wang)
    merged = await desk.everything()
    parts = await looked_at(desk.store, lambda run: desk.merging.unmerge(run, done.record, DESK))
    assert {one.one_id for one in parts.parts} == {lin, wang}
    assert await desk.everything() == merged != before


async def test_a_preview_names_who_comes_along_when_a_conflict_is_overridden(desk):
    """She shares a phone with both: whose she is nobody can tell, until they are one."""
    await desk.take(
        membership("pos", "1", phone=LIN, union="u1"),
        membership("woo", "2", phone=LIN, union="u2"),
        membership("sap", "3", phone=LIN),
        membership("sap", "4", phone=WANG),
    )
    one, other, third = [
        await desk.holder(*key) for key in (("pos", "1"), ("woo", "2"), ("sap", "3"))
    ]
    assert len({one, other, third}) == 3
    ids = [one, other]
    looked = await looked_at(desk.store, lambda run: desk.merging.preview(run, ids, DESK))
    assert {part.one_id for part in looked.parts} == {one, other}
    assert [(part.one_id, part.memberships) for part in looked.coming_along] == [
        (third, (MembershipKey("sap", "3"),))
    ]
    done = await desk.merge(*ids, overrides={"CONFLICT:WECHAT_UNIONID"})
    assert {done.one_id, *done.merged} == {one, other, third}
    assert await desk.holder("sap", "3") == done.one_id
    assert len(await desk.people()) == 2
    await desk.unmerge(done.record)
    assert await desk.holder("sap", "3") == third


async def test_what_cannot_be_merged_or_undone_says_why(desk):
    lin, wang = await two_people(desk)
    assert (await desk.merge(lin, "nobody")).code == "MEMBER_UNKNOWN"
    assert (await desk.merge(lin, lin)).code == "MERGE_SAME_MEMBER"
    assert (await desk.merge(lin, wang, versions={lin: 9})).code == "MEMBER_CHANGED"
    assert (await desk.unmerge("nothing")).code == "MERGE_UNKNOWN"
    done = await desk.merge(lin, wang, versions={lin: 1, wang: 1})
    assert (await desk.merge(lin, wang)).code == "MERGE_SAME_MEMBER"
    undone = await desk.unmerge(done.record)
    assert (await desk.unmerge(done.record)).code == "MERGE_UNDONE"
    assert (await desk.unmerge(undone.record)).code == "MERGE_UNKNOWN"
    assert (await desk.split(("pos", "9"))).code == "MEMBERSHIPS_UNKNOWN"
    assert (await desk.split(("pos", "2"))).code == "MEMBERSHIPS_UNKNOWN"


async def test_those_whom_a_rule_joined_are_taken_apart_and_stay_so(desk):
    await two_people(desk)
    await desk.split(("woo", "1"))
    apart = sorted((await desk.people()).values())
    assert apart == [(("pos", "1"),), (("pos", "2"),), (("woo", "1"),)]
    await desk.take(membership("woo", "1", phone=LIN, card="BW1", programme="club"))
    assert sorted((await desk.people()).values()) == apart


async def test_old_ids_lead_through_a_chain_of_merges_and_back(desk):
    await desk.take(*(membership("pos", str(number), card=f"C{number}") for number in range(5)))
    ids = [await desk.holder("pos", str(number)) for number in range(5)]
    records = []
    for one in ids[1:]:
        records.append((await desk.merge(ids[0], one)).record)
        (current,) = [who for who, held in (await desk.people()).items() if ("pos", "0") in held]
        assert set((await desk.aliases()).values()) <= {current}
    assert len(await desk.people()) == 1
    assert {*await desk.people(), *await desk.aliases()} == set(ids)
    for record in reversed(records):
        await desk.unmerge(record)
    assert sorted(await desk.people()) == sorted(ids)
    assert await desk.aliases() == {}


async def open_pairs(desk):
    return await desk.review.page(CandidateState.OPEN, 10)


async def test_the_queue_is_worked_on_by_people(desk):
    await desk.take(
        membership("pos", "1", phone=LIN), membership("woo", "2", phone=LIN, verified=False)
    )
    (pair,) = await open_pairs(desk)
    assert [one.reason for one in pair.evidence] == ["UNSURE"]
    assert await desk.review.count(CandidateState.OPEN) == 1
    accepted = await desk.judge(pair.key, Verdict.ACCEPT)
    assert isinstance(accepted, CandidateDecided)
    assert list(await desk.people()) == [accepted.one_id]
    assert await open_pairs(desk) == []
    assert (await desk.judge(pair.key, Verdict.NEVER)).code == "CANDIDATE_JUDGED"
    unknown = await desk.judge("nothing", Verdict.ACCEPT)
    assert isinstance(unknown, CandidateDeclined)


async def test_never_keeps_two_apart_and_a_refusal_does_not(desk):
    await desk.take(
        membership("pos", "1", phone=LIN), membership("woo", "2", phone=LIN, verified=False)
    )
    (pair,) = await open_pairs(desk)
    await desk.judge(pair.key, Verdict.REJECT)
    assert await open_pairs(desk) == []
    await desk.take(membership("woo", "2", phone=LIN))
    assert len(await desk.people()) == 1
    await desk.take(
        membership("pos", "5", phone=WANG), membership("woo", "6", phone=WANG, verified=False)
    )
    (pair,) = await open_pairs(desk)
    await desk.judge(pair.key, Verdict.NEVER)
    await desk.take(membership("woo", "6", phone=WANG))
    assert len(await desk.people()) == 3


async def test_a_blocked_pair_is_accepted_only_with_its_override(desk):
    await desk.take(
        membership("pos", "1", phone=LIN, union="u1"), membership("woo", "2", phone=LIN, union="u2")
    )
    (pair,) = await open_pairs(desk)
    assert (await desk.judge(pair.key, Verdict.ACCEPT)).code == "MERGE_BLOCKED"
    assert len(await open_pairs(desk)) == 1
    done = await desk.judge(pair.key, Verdict.ACCEPT, overrides={"CONFLICT:WECHAT_UNIONID"})
    assert done.state is CandidateState.ACCEPTED


async def test_pages_of_the_queue_go_on_where_they_ended(desk):
    for number in range(5):
        phone = f"1391234000{number}"
        await desk.take(
            membership("pos", str(number), phone=phone),
            membership("woo", str(number), phone=phone, verified=False),
        )
    await desk.rows(
        "UPDATE merge_candidates SET score = 0.9 WHERE brand = :brand AND left_number IN ('1', '2')"
    )
    walked, after = [], None
    while page := await desk.review.page(CandidateState.OPEN, 2, after=after):
        walked += page
        after = (-1 if page[-1].score is None else page[-1].score, page[-1].key)
    assert [one.score for one in walked] == [0.9, 0.9, None, None, None]
    assert len({one.key for one in walked}) == 5
    assert len(await desk.review.page(CandidateState.OPEN, 10, least=0.5)) == 2


_PEOPLE = st.lists(
    st.builds(
        membership,
        st.sampled_from(["pos", "woo"]),
        st.sampled_from("1234"),
        phone=st.sampled_from([None, LIN, WANG, ZHAO]),
        card=st.sampled_from([None, "BW1", "BW2"]),
        union=st.sampled_from([None, None, "u1", "u2"]),
        verified=st.booleans(),
    ),
    min_size=2,
    max_size=8,
    unique_by=lambda one: (one.channel, one.number),
)


@pytest.fixture(scope="module")
def property_database(postgres):
    return migrated(postgres, "merging_properties")


async def inverse(desk, rows, choose):
    """Merges some of these people and takes it back: what must hold on the way and after."""
    await desk.take(*rows)
    before = await desk.everything()
    ids = sorted(await desk.people())
    if len(ids) < 2:
        return
    chosen = choose(ids)
    done = await desk.merge(*sorted(chosen))
    blocks = {one.code for one in getattr(done, "blocks", ())}
    if blocks:
        assert blocks <= {"DECIDED", "CROWD", "CONFLICT:WECHAT_UNIONID"}
        done = await desk.merge(*sorted(chosen), overrides=blocks)
    people, aliases = await desk.people(), await desk.aliases()
    expected = len(ids) - len(chosen) + 1
    if "CONFLICT:WECHAT_UNIONID" in blocks:
        # Who matches both sides was kept apart by the conflict alone, and comes along.
        assert 1 <= len(people) <= expected
    else:
        assert len(people) == expected
    assert {*people, *aliases} >= set(ids), "an old id leads nowhere"
    assert {aliases.get(one, one) for one in chosen} == {done.one_id}
    assert (await desk.merge(*chosen)).code == "MERGE_SAME_MEMBER"
    await desk.unmerge(done.record)
    assert await desk.everything() == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=_PEOPLE, data=st.data())
def test_merge_and_unmerge_are_inverse_for_any_people(property_database, rows, data):
    async def run():
        store = Store.open(property_database, deadline_seconds=10, connections=1)
        try:
            await inverse(
                Counter(store, fresh_brand() + "m"),
                rows,
                lambda ids: data.draw(st.sets(st.sampled_from(ids), min_size=2, max_size=3)),
            )
        finally:
            await store.aclose()

    asyncio.run(run())


class Forgetful(Counter):
    """Takes nothing back."""

    async def unmerge(self, _record):
        return None


class Careless(Counter):
    """Leaves no old id behind."""

    async def merge(self, *one_ids, **wish):
        done = await super().merge(*one_ids, **wish)
        await self.rows("DELETE FROM member_aliases WHERE brand = :brand RETURNING 1")
        return done


class Levelling(Counter):
    """Makes the memberships of one person alike."""

    async def merge(self, *one_ids, **wish):
        done = await super().merge(*one_ids, **wish)
        await self.rows(
            "UPDATE membership_records SET points_available = 1 WHERE brand = :brand RETURNING 1"
        )
        return done


class Eager(Counter):
    """Merges the same people again as if they were others."""

    async def merge(self, *one_ids, **wish):
        done = await super().merge(*one_ids, **wish)
        return done if isinstance(done, MembersMerged) else MembersMerged


@pytest.mark.parametrize("mutant", [Counter, Forgetful, Careless, Levelling, Eager])
async def test_the_law_of_merges_finds_whoever_breaks_it(store, mutant):
    rows = [membership("pos", "1", phone=LIN), membership("woo", "1", phone=WANG)]
    tried = inverse(mutant(store, fresh_brand() + "x"), rows, set)
    if mutant is Counter:
        await tried
        return
    with pytest.raises((AssertionError, AttributeError)):
        await tried
