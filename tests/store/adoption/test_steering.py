"""Steps on evidence in PostgreSQL: refused with their gates, taken once, taken back by itself."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.adoption.bounds import DEMO, PRODUCTION
from capabilities.adoption.deciding import Routing, Wanted
from capabilities.adoption.defining import version_of
from capabilities.adoption.demotion import Demotion
from capabilities.adoption.evidence import Basis, Evidence, Fact
from capabilities.adoption.history import AdoptionDeclined
from capabilities.adoption.moves import Action
from capabilities.adoption.shown import shown
from capabilities.adoption.standing import ConflictPolicy
from capabilities.adoption.states import WAY, AdoptionState, Share, Side
from capabilities.audit import AuditFilter
from capabilities.estate import Capability
from capabilities.operations import IdempotencyKeyReused
from store.access.audit import Audit
from store.adoption.leaders import Leaders
from store.adoption.steering import Pair, Steering
from store.syncing.copied_channels import begin_in, filled_in
from tests.capabilities.adoption.cases import VALUES
from tests.store.adoption.conftest import NOON

S = AdoptionState
SHOP = Pair("shop", Capability.MEMBER)
BASIS = Basis(schema="s", connector="c", mapping="m")


@pytest.fixture
def steering(owned):
    return Steering(owned)


@pytest.fixture
def measure(steering, clock):
    async def measured(pair=SHOP, **changed):
        values = {**VALUES, **{Fact[name]: value for name, value in changed.items()}}
        found = [
            Evidence(fact=fact, value=value, at=clock(), basis=BASIS, sample=1_000)
            for fact, value in values.items()
        ]
        await steering.evidence.keep(pair.channel, pair.capability, *found)

    return measured


def wanted(key, author="ada", **more):
    return Wanted(author=author, reason="it is time", key=key, role="ADMIN", **more)


async def up(steering, *targets, profile=PRODUCTION, again="", pair=SHOP):
    for target in targets:
        done = await steering.promote(pair, target, profile, wanted(f"up {target}{again}"))
        assert not isinstance(done, AdoptionDeclined), done
    return done


async def test_what_is_not_met_is_listed_and_nothing_is_moved(steering, measure):
    await measure(FEED_LAG_P99=61, BACKFILL_DAYS_DIFFER=3)
    refused = await steering.promote(SHOP, None, PRODUCTION, wanted("1"))
    assert (refused.code, [one.name for one in refused.gates]) == (
        "ADOPTION_GATES",
        ["backfill-days", "feed-lag"],
    )
    assert refused.standing.state is S.FEDERATED_READ
    assert (await steering.standings.current()).standings == {}
    await measure()
    # what was refused left nothing: the same wish may come again
    assert (await steering.promote(SHOP, None, PRODUCTION, wanted("1"))).state is S.SHADOW_READ


async def test_a_step_keeps_the_evidence_that_it_was_taken_on(steering, measure):
    await measure()
    done = await steering.promote(SHOP, S.SHADOW_READ, PRODUCTION, wanted("1"))
    assert (done.state, done.version) == (S.SHADOW_READ, 1)
    assert await steering.promote(SHOP, S.SHADOW_READ, PRODUCTION, wanted("1")) == done
    other = await steering.promote(SHOP, S.CANARY_READ, PRODUCTION, wanted("1"))
    assert isinstance(other, IdempotencyKeyReused)
    (step,) = await steering.standings.history(SHOP.channel, SHOP.capability, 10)
    assert (step.action, step.profile, step.role) == (Action.PROMOTE, "production", "ADMIN")
    assert {one.name: one.observed for one in step.gates} == {
        "backfill-days": "0",
        "feed-lag": "1 min",
    }


async def test_a_copy_that_is_being_filled_lets_nobody_up(steering, measure, owned):
    await measure()
    await up(steering, S.SHADOW_READ)
    named = {"brand": owned.brand, "connector": "woo", "capability": SHOP.capability.value}
    version = version_of(BASIS)
    await owned.store.transaction(lambda run: begin_in(run, named, [SHOP.channel], version))
    refused = await steering.promote(SHOP, None, PRODUCTION, wanted("2"))
    assert {one.observed for one in refused.gates} == {"the copy is being filled"}
    (case,) = await steering.cases([refused.standing], PRODUCTION)
    assert case.filling
    later = NOON + timedelta(days=3_650)
    await owned.store.transaction(lambda run: filled_in(run, named, [SHOP.channel], later))
    adopted = await steering.standings.current()
    assert adopted.compared(SHOP.capability, SHOP.channel, version)
    await up(steering, S.CANARY_READ)


@pytest.fixture
def copied(owned):
    """A pass over the shop, from its beginning to its end, under a definition."""
    named = {"brand": owned.brand, "connector": "woo", "capability": SHOP.capability.value}

    async def run(version, *, ends=True):
        later = NOON + timedelta(days=3_650)
        await owned.store.transaction(lambda run: begin_in(run, named, [SHOP.channel], version))
        if ends:
            await owned.store.transaction(lambda run: filled_in(run, named, [SHOP.channel], later))

    return run


async def test_what_another_definition_made_is_not_compared(steering, measure, clock, copied):
    await measure()
    await up(steering, S.SHADOW_READ)
    await copied(old := version_of(BASIS))
    changed = replace(BASIS, mapping="another")
    told = Evidence(fact=Fact.CONFIG_VALID, value=1, at=clock(), basis=changed)
    await steering.evidence.keep(SHOP.channel, SHOP.capability, told)
    refused = await steering.promote(SHOP, None, PRODUCTION, wanted("2"))
    assert "the copy is being filled" in {one.observed for one in refused.gates}
    for version, ends, made_under in (
        (old, True, old),
        (new := version_of(changed), False, None),  # neither one any more nor the other yet
        (new, True, new),
    ):
        await copied(version, ends=ends)
        adopted = await steering.standings.current()
        for one in (old, new):
            compared = adopted.compared(SHOP.capability, SHOP.channel, one)
            assert compared == (one == made_under), (one, made_under)


async def test_a_copy_of_an_adoption_that_was_taken_back_is_filled_anew(steering, measure, copied):
    await measure()
    await up(steering, S.SHADOW_READ)
    await copied(version := version_of(BASIS))
    await steering.rollback(SHOP, None, wanted("2"))
    await up(steering, S.SHADOW_READ, again=" again")
    adopted = await steering.standings.current()
    assert not adopted.compared(SHOP.capability, SHOP.channel, version)
    await copied(version)
    adopted = await steering.standings.current()
    assert adopted.compared(SHOP.capability, SHOP.channel, version)


async def test_evidence_of_other_definitions_lets_nobody_up(steering, measure, clock):
    await measure()
    await up(steering, S.SHADOW_READ)
    changed = replace(BASIS, mapping="another")
    told = Evidence(fact=Fact.CONFIG_VALID, value=1, at=clock(), basis=changed)
    await steering.evidence.keep(SHOP.channel, SHOP.capability, told)
    refused = await steering.promote(SHOP, None, PRODUCTION, wanted("2"))
    assert "comparisons" in {one.name for one in refused.gates}


async def test_only_who_looked_at_how_it_stands_moves_it(steering, measure):
    await measure()
    await up(steering, S.SHADOW_READ)
    late = await steering.rollback(SHOP, None, wanted("2", version=0))
    assert (late.code, late.path) == ("ADOPTION_MOVED", ("input", "version"))
    assert (await steering.rollback(SHOP, None, wanted("2", version=1))).state is S.FEDERATED_READ


@pytest.mark.parametrize("target", [S.CANARY_READ, S.UNREGISTERED, S.FEDERATED_READ, S.HALTED])
async def test_up_is_one_step_alone(steering, measure, target):
    await measure()
    refused = await steering.promote(SHOP, target, PRODUCTION, wanted("1"))
    assert (refused.code, refused.path) == ("ADOPTION_ILLEGAL", ("input", "target"))


async def climbed(steering, measure, clock, target, profile=DEMO, pair=SHOP):
    """The whole way to a state under a profile, as fast as it lets one."""
    await measure(pair, COMPARED_SECONDS=20, DRIFT_FREE_SECONDS=20)
    await steering.route(
        pair, Routing(conflict_policy=ConflictPolicy.LEADER_WINS), wanted("policy")
    )
    for state in WAY[4 : target.step + 1]:
        await up(steering, state, profile=profile, pair=pair)
        of = {S.CANARY_READ: Share.READ, S.DUAL_WRITE_MIDDLE_LEAD: Share.WRITE}.get(state)
        for points in (500, 2_500, 5_000, 10_000) if of is not None else ():
            done = await steering.share(pair, of, points, profile, wanted(f"{of} {points}"))
            assert not isinstance(done, AdoptionDeclined), done
            clock.pass_by(seconds=20)
        await measure(pair, COMPARED_SECONDS=20, DRIFT_FREE_SECONDS=20)


async def test_the_whole_way_under_the_demo_says_everything_that_is_shortened(
    steering, measure, clock
):
    await climbed(steering, measure, clock, S.MIDDLE_OWNED)
    steps = await steering.standings.history(SHOP.channel, SHOP.capability, 100)
    assert {one.state for one in steps} >= set(WAY[4:10])
    short = {one.name for step in steps for one in step.gates if one.shortened}
    assert short == {"compared-for", "step-held", "canary-held", "drift-free-for", "led-for"}


async def test_promotions_come_to_middle_read_and_are_told_that_this_is_their_end(
    steering, measure, clock
):
    offers = Pair("shop", Capability.PROMOTION)
    await climbed(steering, measure, clock, S.MIDDLE_READ, pair=offers)
    choices = "FEDERATED_READ, SHADOW_READ, CANARY_READ, STAYS_LEGACY, HALTED"
    for target in (None, S.DUAL_WRITE_LEGACY_LEAD, S.MIDDLE_OWNED):
        refused = await steering.promote(offers, target, DEMO, wanted(f"on {target}"))
        assert (refused.code, refused.path) == ("ADOPTION_ILLEGAL", ("input", "target"))
        assert choices in refused.detail
    assert refused.detail.endswith("; promotion ends at MIDDLE_READ")
    case = await steering.case(refused.standing, DEMO)
    assert shown(case).next is None
    back = await steering.rollback(offers, None, wanted("back"))
    assert back.state is S.CANARY_READ


@pytest.mark.parametrize(
    ("at", "short"),
    [
        (S.SHADOW_READ, {"compared-for"}),
        (S.CANARY_READ, {"canary-held"}),
        (S.MIDDLE_READ, {"drift-free-for"}),
        (S.DUAL_WRITE_MIDDLE_LEAD, {"led-for"}),
    ],
)
async def test_production_refuses_on_the_demos_data_by_the_shortened_gates(
    steering, measure, clock, at, short
):
    await climbed(steering, measure, clock, at)
    refused = await steering.promote(SHOP, None, PRODUCTION, wanted("for real"))
    assert {one.name for one in refused.gates} == short
    assert all(", here" not in one.required for one in refused.gates)
    done = await steering.promote(SHOP, None, DEMO, wanted("for show"))
    assert done.state is at.next


async def test_a_demo_needs_as_many_comparisons_as_production(steering, measure):
    await measure(COMPARED_SECONDS=20, COMPARISONS=9_999)
    await up(steering, S.SHADOW_READ)
    refused = await steering.promote(SHOP, None, DEMO, wanted("2"))
    assert [(one.name, one.required) for one in refused.gates] == [
        ("comparisons", "at least 10,000")
    ]


async def test_two_people_retire_a_legacy_and_nothing_leads_back(steering, measure, clock):
    await climbed(steering, measure, clock, S.MIDDLE_OWNED)
    for author in ("ada", "cli:ada", "key:robot"):
        nobody = await steering.promote(SHOP, None, PRODUCTION, wanted("retire", author=author))
        assert nobody.code == "ADOPTION_SECOND_PERSON"
    first = await steering.promote(SHOP, None, PRODUCTION, wanted("retire", person=True))
    assert first.state is S.MIDDLE_OWNED
    for author in ("bob", "cli:bob"):
        nobody = await steering.promote(SHOP, None, PRODUCTION, wanted("again", author=author))
        assert nobody.code == "ADOPTION_SECOND_PERSON"
    again = await steering.promote(SHOP, None, PRODUCTION, wanted("retire again", person=True))
    assert again.code == "ADOPTION_SECOND_PERSON"
    bob = wanted("retire", author="bob", person=True)
    second = await steering.promote(SHOP, None, PRODUCTION, bob)
    assert second.state is S.LEGACY_RETIRED
    for undo in (
        steering.rollback(SHOP, S.MIDDLE_OWNED, wanted("back")),
        steering.halt(SHOP, wanted("stop")),
        steering.route(SHOP, Routing(labels=frozenset({"x"})), wanted("route")),
    ):
        assert (await undo).code == "ADOPTION_ILLEGAL"
    kinds = [one.action for one in await steering.standings.history("shop", SHOP.capability, 2)]
    assert kinds == [Action.PROMOTE, Action.APPROVE]


async def test_who_approved_by_a_users_name_is_not_one_of_the_two(steering, measure, clock, owned):
    await climbed(steering, measure, clock, S.MIDDLE_OWNED)
    await steering.promote(SHOP, None, PRODUCTION, wanted("retire", author="u#1", person=True))
    for statement in (
        "ALTER TABLE adoption_steps DISABLE TRIGGER USER",
        "UPDATE adoption_steps SET author = 'cli:ada' WHERE author = 'u#1'",
    ):
        await owned.store.rows(text(statement), {})
    bob = wanted("retire", author="bob", person=True)
    assert (await steering.promote(SHOP, None, PRODUCTION, bob)).state is S.MIDDLE_OWNED


async def test_an_approval_ends_with_the_next_step(steering, measure, clock):
    await climbed(steering, measure, clock, S.MIDDLE_OWNED)
    await steering.promote(SHOP, None, PRODUCTION, wanted("retire", person=True))
    await steering.route(SHOP, Routing(labels=frozenset({"x"})), wanted("route"))
    bob = wanted("retire", author="bob", person=True)
    other = await steering.promote(SHOP, None, PRODUCTION, bob)
    assert other.state is S.MIDDLE_OWNED


async def test_halt_and_resume(steering, measure, clock):
    await climbed(steering, measure, clock, S.CANARY_READ)
    halted = await steering.halt(SHOP, wanted("stop"))
    assert (halted.state, halted.from_state, halted.one_side) == (
        S.HALTED,
        S.CANARY_READ,
        Side.LEGACY,
    )
    for refused in (
        await steering.promote(SHOP, None, DEMO, wanted("up 1")),
        await steering.rollback(SHOP, S.SHADOW_READ, wanted("down")),
        await steering.resume(SHOP, S.MIDDLE_READ, DEMO, wanted("on")),
        await steering.share(SHOP, Share.READ, 100, DEMO, wanted("more")),
    ):
        assert refused.code == "ADOPTION_ILLEGAL"
    await measure(MISMATCH_CRITICAL=1)
    stopped = await steering.resume(SHOP, S.CANARY_READ, DEMO, wanted("on"))
    assert [one.name for one in stopped.gates] == ["mismatch-critical"]
    back = await steering.resume(SHOP, S.FEDERATED_READ, DEMO, wanted("back"))
    assert (back.state, back.from_state) == (S.FEDERATED_READ, S.HALTED)


async def test_it_goes_on_where_it_was_on_what_was_compared_before(steering, measure, clock):
    await climbed(steering, measure, clock, S.CANARY_READ)
    await steering.share(SHOP, Share.READ, 500, DEMO, wanted("some"))
    here = (await steering.standings.current()).of(Capability.MEMBER, "shop")
    opened = Demotion(S.HALTED, "the circuit of the connector is open", frozen=True)
    await steering.demote(SHOP, here.version, opened)
    await steering.evidence.keep(
        "shop", SHOP.capability, Evidence(fact=Fact.BREAKER_OPEN, value=1, at=clock())
    )
    refused = await steering.resume(SHOP, S.CANARY_READ, PRODUCTION, wanted("too soon"))
    assert [(one.name, one.observed) for one in refused.gates] == [("circuit-closed", "open")]
    clock.pass_by(hours=30)
    await steering.evidence.keep(
        "shop", SHOP.capability, Evidence(fact=Fact.BREAKER_OPEN, value=0, at=clock())
    )
    resumed = await steering.resume(SHOP, S.CANARY_READ, PRODUCTION, wanted("on"))
    assert (resumed.state, resumed.read_points, resumed.frozen) == (S.CANARY_READ, 500, False)
    (step,) = await steering.standings.history("shop", SHOP.capability, 1)
    told = {one.name: (one.required, one.observed, one.ok) for one in step.gates}
    assert told == {
        "consent-kept": ("kept", "not measured", True),
        "circuit-closed": ("closed", "closed", True),
        "contract-kept": ("kept", "measured 30 h ago", True),
        "definitions-unchanged": ("as compared", "as compared", True),
        "mismatch-rate": ("at most 0.1 %", "0.1 %", True),
        "mismatch-critical": ("at most 0", "0", True),
    }, step.gates
    assert await steering.due(resumed) is None


async def test_under_another_definition_it_goes_on_comparing(steering, measure, clock):
    await climbed(steering, measure, clock, S.CANARY_READ)
    await steering.halt(SHOP, wanted("stop"))
    told = Evidence(
        fact=Fact.CONFIG_VALID, value=1, at=clock(), basis=replace(BASIS, mapping="another")
    )
    await steering.evidence.keep("shop", SHOP.capability, told)
    refused = await steering.resume(SHOP, S.CANARY_READ, PRODUCTION, wanted("on"))
    told = {one.name: one.observed for one in refused.gates}
    assert told["definitions-unchanged"] == "changed: resume at SHADOW_READ"
    back = await steering.resume(SHOP, S.SHADOW_READ, PRODUCTION, wanted("compare"))
    assert (back.state, back.read_points) == (S.SHADOW_READ, 0)


async def test_fewer_people_need_no_evidence(steering, measure, clock):
    await climbed(steering, measure, clock, S.CANARY_READ)
    await measure(MISMATCH_CRITICAL=1)
    fewer = await steering.share(SHOP, Share.READ, 100, PRODUCTION, wanted("fewer"))
    assert fewer.read_points == 100
    more = await steering.share(SHOP, Share.READ, 500, DEMO, wanted("more"))
    assert more.code == "ADOPTION_GATES"


async def test_staying_needs_a_day_and_leads_back_to_live_reads(steering, clock):
    kept = await steering.stay(SHOP, (NOON + timedelta(days=90)).date(), wanted("stay"))
    assert (kept.state, kept.review_on.isoformat()) == (S.STAYS_LEGACY, "2027-02-09")
    refused = await steering.promote(SHOP, S.SHADOW_READ, PRODUCTION, wanted("on"))
    assert refused.code == "ADOPTION_ILLEGAL"


async def test_a_signature_is_evidence_in_a_persons_name(steering, measure, owned):
    await measure(RUNBOOK_REHEARSED=0)
    signed = await steering.sign(SHOP, Fact.RUNBOOK_REHEARSED, wanted("sign"))
    assert signed.version == 0
    found = (await steering.evidence.of("shop", SHOP.capability))[Fact.RUNBOOK_REHEARSED]
    assert (found.value, found.author, found.query) == (1, "ada", "it is time")
    (entry,) = await Audit(owned.store, owned.brand).page(9, AuditFilter(action="adoption.signed"))
    assert '"fact":"signed.runbook_rehearsed"' in entry.facts
    with pytest.raises(ValueError, match="measured"):
        await steering.sign(SHOP, Fact.DRIFT, wanted("no"))


async def test_many_processes_that_see_a_burst_demote_once(steering, measure, clock):
    await climbed(steering, measure, clock, S.CANARY_READ)
    burn = Evidence(fact=Fact.PLATFORM_BURN, value=0.3, sample=50, at=clock())
    await steering.evidence.keep(SHOP.channel, SHOP.capability, burn)
    here = (await steering.standings.current()).of(Capability.MEMBER, "shop")
    cause = await steering.due(here)
    assert cause.target is S.SHADOW_READ
    done = await asyncio.gather(*(steering.demote(SHOP, here.version, cause) for _ in range(6)))
    assert [type(one).__name__ for one in done].count("Standing") == 1
    (last,) = await steering.standings.history("shop", SHOP.capability, 1)
    assert (last.action, last.author, last.automatic) == (Action.DEMOTE, "system:adoption", True)
    assert "30 % of 50 answers" in last.reason
    after = (await steering.standings.current()).of(Capability.MEMBER, "shop")
    assert (after.state, await steering.due(after)) == (S.SHADOW_READ, None)


@pytest.mark.parametrize("name", ["stores", "members", "labels"])
async def test_so_many_are_named_one_by_one_and_no_more(steering, name):
    some = frozenset(f"one-{number}" for number in range(100))
    done = await steering.route(SHOP, Routing(**{name: some}), wanted("100"))
    assert getattr(done.cohorts, name) == some
    refused = await steering.route(SHOP, Routing(**{name: some | {"more"}}), wanted("101"))
    assert (refused.code, refused.path) == ("ADOPTION_ILLEGAL", ("input", name))
    assert refused.detail.startswith("at most 100 are named one by one")
    assert refused.standing.version == 1


async def test_a_demotion_by_which_nobody_else_leads_waits_for_no_write(
    steering, measure, clock, owned
):
    await climbed(steering, measure, clock, S.CANARY_READ)
    here = (await steering.standings.current()).of(Capability.MEMBER, "shop")
    burn = Evidence(fact=Fact.PLATFORM_BURN, value=0.3, sample=50, at=clock())
    await steering.evidence.keep(SHOP.channel, SHOP.capability, burn)
    cause = await steering.due(here)

    async def batch(run):
        await Leaders(owned.brand).in_force(run, Capability.MEMBER, "shop")
        return await steering.demote(SHOP, here.version, cause)

    done = await owned.store.transaction(batch)  # had it waited, it had waited for ever
    assert done.state is S.SHADOW_READ


async def test_only_parts_of_a_record_lag(steering):
    refused = await steering.route(SHOP, Routing(fields={"shoe_size": Side.LEGACY}), wanted("1"))
    assert (refused.code, refused.path) == ("ADOPTION_ILLEGAL", ("input", "laggingFields"))
    done = await steering.route(SHOP, Routing(fields={"points": Side.LEGACY}), wanted("1"))
    assert done.fields == {"points": Side.LEGACY}
