"""The lifecycle as a caller meets it, over a real store."""

import pytest

from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import BadInput, Forbidden
from capabilities.lifecycle.campaigns import (
    CampaignDeclined,
    CampaignPlan,
    CampaignState,
    Way,
)
from capabilities.lifecycle.outcomes import (
    OutcomeKind,
    OutcomeRecorded,
    TouchOutcome,
    TouchOutcomeDeclined,
)
from capabilities.member.consent import ConsentMedium
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import ConnectionArgs
from gateway.platform.lifecycle import Lifecycles
from store.engine import Store
from store.lifecycle.touch_templates import TouchTemplates
from tests.migrated import migrated
from tests.store.lifecycle.living import BRAND, Living, day

PLAN = CampaignPlan(
    name="spring",
    rule="second-purchase",
    sender="sms",
    ways=(Way(medium=ConsentMedium.SMS, template="second", cost=5),),
)


class Asked:
    """A request that batches nothing."""

    def __init__(self):
        self.notices = {}

    async def load_with(self, _name, ask, key):
        return (await ask([key]))[0]


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "lifecycle_part")


@pytest.fixture
async def living(database):
    store = Store.open(database, deadline_seconds=20)
    yield Living(store, f"{BRAND}{id(store)}")
    await store.aclose()


def part(living, role=Role.OPERATIONS, **bounds):
    seen = Visibility(role=role, brand=living.brand, **bounds)
    return Lifecycles(living.owned, Caller(subject="ops-1", visibility=seen), Asked())


async def _buyers(living, count):
    for number in range(count):
        await living.join(f"p{number}", ("shop", f"{number}"))
        await living.buy(("shop", f"{number}"), 0)


@pytest.mark.parametrize("size", [1, 2, 5, 7])
async def test_due_touches_are_walked_forward_and_backward(living, size):
    await _buyers(living, 5)
    await living.go(45)
    lifecycle = part(living)
    forward, args = [], ConnectionArgs(first=size)
    while True:
        page = await lifecycle.due("second-purchase", None, args)
        assert page.total_count.value == 5
        forward += [one.touch_id for one in page.nodes]
        if not page.page_info.has_next_page:
            break
        args = ConnectionArgs(first=size, after=page.page_info.end_cursor)
    assert len(set(forward)) == len(forward) == 5
    backward, args = [], ConnectionArgs(first=None, last=size)
    while True:
        page = await lifecycle.due("second-purchase", day(45), args)
        backward = [one.touch_id for one in page.nodes] + backward
        if not page.page_info.has_previous_page:
            break
        args = ConnectionArgs(first=None, last=size, before=page.page_info.start_cursor)
    assert backward == forward
    assert (await lifecycle.due("second-purchase", day(44), ConnectionArgs())).nodes == ()


async def test_churned_members_are_walked_too(living):
    await _buyers(living, 3)
    await living.go(200)
    lifecycle = part(living)
    first = await lifecycle.wake_up(ConnectionArgs(first=2))
    rest = await lifecycle.wake_up(ConnectionArgs(first=2, after=first.page_info.end_cursor))
    assert [one.one_id for one in (*first.nodes, *rest.nodes)] == ["p0", "p1", "p2"]
    assert (first.total_count.value, rest.page_info.has_next_page) == (3, False)
    with pytest.raises(BadInput):
        await lifecycle.due("x", None, ConnectionArgs(after=first.page_info.end_cursor))


@pytest.mark.parametrize("cursor", ["", "x", "ZHVlOjIwMjY", "ZHVlOngweHg6YQ"])
async def test_what_is_no_cursor_is_refused(living, cursor):
    for ask in (part(living).wake_up, lambda args: part(living).due("a", None, args)):
        with pytest.raises(BadInput):
            await ask(ConnectionArgs(after=cursor or "é"))


@pytest.mark.parametrize("bounds", [{"stores": frozenset({"M1"})}, {"channels": frozenset({"s"})}])
async def test_who_is_bound_sees_no_figures_of_the_whole_brand(living, bounds):
    lifecycle = part(living, **bounds)
    for ask in (
        lifecycle.wake_up(ConnectionArgs()),
        lifecycle.due("a", None, ConnectionArgs()),
        lifecycle.report(None, None, None),
        lifecycle.campaigns(),
        lifecycle.create(PLAN, "k"),
        lifecycle.start("spring", "k"),
        lifecycle.pause("spring", "k"),
    ):
        with pytest.raises(Forbidden) as refused:
            await ask
        assert refused.value.code == "WHOLE_BRAND_ONLY"


async def test_a_member_s_stage_comes_with_its_history(living):
    await _buyers(living, 1)
    await living.go(45)
    found = await part(living, Role.GUIDE).standing("p0")
    assert [one.stage.value for one in found.history] == ["FIRST_PURCHASE", "AT_RISK"]
    assert (found.since, found.rule_version, found.inputs.orders) == (day(45), 0, 1)
    assert await part(living).standing("nobody") is None


async def test_a_campaign_is_drafted_started_and_paused_once_each(living):
    lifecycle = part(living)
    declined = await lifecycle.create(
        CampaignPlan(name="x", rule="none", sender="sms", ways=PLAN.ways), "k0"
    )
    assert (declined.code, declined.valid) == ("RULE_UNKNOWN", ("second-purchase", "win-back"))
    drafted = await lifecycle.create(PLAN, "k1")
    assert (drafted.state, drafted.author) == (CampaignState.DRAFT, "ops-1")
    assert await lifecycle.create(PLAN, "k1") == drafted
    assert isinstance(await lifecycle.start("spring", "k1"), IdempotencyKeyReused)
    assert (await lifecycle.create(PLAN, "k2")).code == "CAMPAIGN_EXISTS"
    missing = await lifecycle.start("spring", "k3")
    assert (missing.code, missing.valid) == ("TEMPLATE_MISSING", ("second SMS zh-CN",))
    await TouchTemplates(living.store, living.brand).put(
        "second", ConsentMedium.SMS, "zh-CN", "见", author="ada", at=living.now()
    )
    assert (await lifecycle.start("spring", "k4")).state is CampaignState.RUNNING
    rival = CampaignPlan(name="rival", rule=PLAN.rule, sender="sms", ways=PLAN.ways)
    await lifecycle.create(rival, "k5")
    assert (await lifecycle.start("rival", "k6")).valid == ("spring",)
    assert (await lifecycle.pause("spring", "k7")).why.value == "BY_HAND"
    assert (await lifecycle.start("rival", "k8")).state is CampaignState.RUNNING
    assert isinstance(await lifecycle.pause("none", "k9"), CampaignDeclined)
    assert {one.name for one in await lifecycle.campaigns()} == {"spring", "rival"}


async def test_an_outcome_is_recorded_once(living):
    await _buyers(living, 1)
    await living.go(45)
    (touch,) = await living.touches()
    lifecycle = part(living, Role.SERVICE)
    told = TouchOutcome(touch_id=touch.touch_id, kind=OutcomeKind.SURVEY, at=living.now(), score=90)
    assert await lifecycle.record(told, "k1") == OutcomeRecorded(
        touch_id=touch.touch_id, kind=OutcomeKind.SURVEY, again=False
    )
    assert not (await lifecycle.record(told, "k1")).again
    assert (await lifecycle.record(told, "k2")).again
    nobody = TouchOutcome(touch_id="x", kind=OutcomeKind.OPENED, at=living.now())
    assert isinstance(await lifecycle.record(nobody, "k3"), TouchOutcomeDeclined)
    assert isinstance(await lifecycle.record(nobody, "k1"), IdempotencyKeyReused)
