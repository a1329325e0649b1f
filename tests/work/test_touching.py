"""Touches on their way: every guard, every late stop, once whatever dies, and drops taken back."""

import asyncio
import secrets

import pytest

from capabilities.lifecycle.campaigns import CampaignPlan, CampaignState, Cap, Paused, Way
from capabilities.lifecycle.guards import held_out
from capabilities.lifecycle.rules import Occasion, Rules, RuleSet, TouchRule
from capabilities.lifecycle.sending import Delivery, Receipt, TouchLookup, TouchSender
from capabilities.member.consent import ConsentMedium
from connectors.touching.drop import DropSender
from store.access.audit import Audit
from store.engine import Store
from store.lifecycle.campaigns import Campaigns
from store.lifecycle.rules import LifecycleRules
from store.lifecycle.touch_templates import TouchTemplates
from tests.migrated import migrated
from tests.store.lifecycle.living import Living
from work.touching import Touching

ANN = ("shop", "a")
SMS = Way(medium=ConsentMedium.SMS, template="second", cost=10)
PHONE = "+8613800001111"


class Sent(TouchSender, TouchLookup):
    """A sender that remembers, and says what it is told to say."""

    name = "sms"

    def __init__(self, says=Delivery.SENT, later=Delivery.UNKNOWN):
        self.says, self.later = says, later
        self.messages = []
        self.during = None

    async def send(self, messages):
        self.messages += messages
        if self.during is not None:
            await self.during()
        return [Receipt(delivery=self.says)] * len(messages)

    async def look_up(self, touch_ids):
        return [Receipt(delivery=self.later)] * len(touch_ids)


@pytest.fixture(scope="module")
def database(postgres):
    return migrated(postgres, "touching")


@pytest.fixture
async def living(database):
    store = Store.open(database, deadline_seconds=20)
    people = Living(store, f"brand-{secrets.token_hex(4)}")
    await TouchTemplates(store, people.brand).put(
        "second", ConsentMedium.SMS, "zh-CN", "{days} 天未见", author="ada", at=people.now()
    )
    yield people
    await store.aclose()


async def _buyer(living, one_id="ann", holder=ANN, on=0):
    await living.join(one_id, holder)
    await living.address(holder, f"{PHONE}{one_id}")
    await living.consent(one_id)
    await living.buy(holder, on)


async def _campaign(living, **changes):
    plan = CampaignPlan(
        **{
            "name": "spring",
            "rule": "second-purchase",
            "sender": "sms",
            "ways": (SMS,),
            "hold_out_percent": 0,
        }
        | changes
    )
    campaigns = Campaigns(living.owned)
    drafted = await campaigns.draft(plan, author="ada", key=f"d{plan.name}")
    assert drafted.state is CampaignState.DRAFT
    return await campaigns.start(plan.name, author="ada", key=f"s{plan.name}")


async def _round(living, sender):
    return await Touching(living.owned, [sender]).round()


async def _stops(living):
    rows = await living.sql(
        "SELECT reason FROM touch_stops WHERE brand = :brand ORDER BY at, reason"
    )
    return [row.reason for row in rows]


async def _spent(living):
    (campaign,) = await Campaigns(living.owned).all()
    return campaign.spent_minor


async def _told(living):
    return [(row.state, row.reason) for row in await living.touches()]


async def test_it_goes_out_on_day_45_and_never_again(living):
    sender = Sent()
    await _buyer(living)
    await _campaign(living)
    await living.go(44)
    assert await _round(living, sender) == 0
    await living.go(45)
    assert await _round(living, sender) == 1
    (message,) = sender.messages
    assert (message.address, message.text) == (f"{PHONE}ann", "45 天未见")
    assert await _told(living) == [("SENT", None)]
    assert await _spent(living) == 10
    await living.go(46)
    assert await _round(living, sender) == 0


async def test_nothing_of_the_address_lies_in_any_table(living):
    await _buyer(living)
    await _campaign(living)
    await living.go(45)
    await _round(living, Sent())
    tables = await living.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    for table in tables:
        rows = await living.sql(f"SELECT t::text AS row FROM {table.tablename} t")  # noqa: S608 - a name of ours
        assert not any("13800001111" in one.row for one in rows), table.tablename


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (lambda at: at.buy(ANN, 44), "SECOND_PURCHASE"),
        (lambda at: at.buy(ANN, 0, refunded=1000), "REFUNDED"),
        (lambda at: at.buy(ANN, -9, named="late"), "EARLIER_ORDER"),
        (lambda at: at.erase("ann"), "ERASED"),
        (lambda at: at.consent("ann", granted=False), "CONSENT"),
    ],
)
async def test_what_no_consumer_has_heard_of_yet_stops_it_too(living, before, reason):
    sender = Sent()
    await _buyer(living)
    await _campaign(living)
    await living.go(45)
    await before(living)
    await _round(living, sender)
    assert sender.messages == []
    assert (await _told(living))[-1][1] == reason
    assert await _spent(living) == 0


async def test_what_happens_while_the_address_is_opened_stops_it_too(living):
    sender = Sent()
    await _buyer(living)
    await _campaign(living)
    await living.go(45)
    touching = Touching(living.owned, [sender])

    class Slow:
        async def address(self, *_):
            await living.buy(ANN, 45)
            return PHONE

    touching._addresses = Slow()
    assert await touching.round() == 0
    assert sender.messages == []
    assert await _told(living) == [("CANCELLED", "SECOND_PURCHASE")]
    assert await _spent(living) == 0


async def test_who_never_consented_is_not_written_to(living):
    await living.join("ann", ANN)
    await living.address(ANN, PHONE)
    await living.buy(ANN, 0)
    await _campaign(living)
    await living.go(45)
    await _round(living, Sent())
    assert await _told(living) == [("STOPPED", "CONSENT")]
    assert await _stops(living) == ["CONSENT"]


@pytest.mark.parametrize("hour", [21, 23, 24, 32])
async def test_nobody_is_written_to_at_night(living, hour):
    sender = Sent()
    await _buyer(living)
    await _campaign(living)
    await living.go(45)
    living.hour = hour
    await _round(living, sender)
    assert sender.messages == []
    (touch,) = await living.touches()
    assert touch.state == "PLANNED"
    assert touch.not_before.astimezone(living.owned.zone).isoformat().startswith("2026-04-16T09:00")
    assert await _stops(living) == ["QUIET_HOURS"]
    living.hour = 33
    assert await _round(living, sender) == 1


async def test_a_cap_of_touches_waits_for_room_or_ends(living):
    rules = Rules(
        rules=(
            RuleSet(
                touches=(
                    TouchRule(name="first", occasion=Occasion.SECOND_PURCHASE, after_days=10),
                    TouchRule(name="second", occasion=Occasion.SECOND_PURCHASE, after_days=11),
                    TouchRule(
                        name="third", occasion=Occasion.SECOND_PURCHASE, after_days=11, lapse_days=2
                    ),
                )
            ),
        )
    )
    await LifecycleRules(living.store, living.brand).put(
        rules, author="ada", reason="more", at=living.now()
    )
    sender = Sent()
    await _buyer(living)
    for name in ("first", "second", "third"):
        await _campaign(living, name=name, rule=name, caps=(Cap(touches=1, days=7),))
    await living.go(10)
    assert await _round(living, sender) == 1
    await living.go(11)
    assert await _round(living, sender) == 0
    (second,), (third,) = await living.touches("second"), await living.touches("third")
    assert second.state == "PLANNED"
    assert (third.state, third.reason) == ("STOPPED", "FREQUENCY_CAP")
    await living.go(17)
    assert await _round(living, sender) == 1


async def test_a_hold_out_is_left_alone_and_stays_the_same(living):
    sender = Sent()
    people = [f"p{number}" for number in range(12)]
    for one in people:
        await _buyer(living, one, ("shop", one))
    await _campaign(living, hold_out_percent=50)
    await living.go(45)
    await _round(living, sender)
    rows = await living.touches()
    held = {row.one_id for row in rows if row.state == "HELD_OUT"}
    assert held == {one for one in people if held_out("spring", one, 50)}
    assert len(sender.messages) == len(people) - len(held)
    assert 0 < len(held) < len(people)


def test_a_hold_out_has_the_share_it_was_given():
    held = sum(held_out("spring", f"person {number}", 10) for number in range(20_000))
    assert 0.09 < held / 20_000 < 0.11
    assert not any(held_out("spring", f"person {number}", 0) for number in range(100))


async def test_who_drafted_and_started_a_campaign_stands_in_the_trail(living):
    await _campaign(living)
    rows = await Audit(living.owned.store, living.owned.brand).page(9)
    told = [(one.action, one.actor) for one in rows if one.action.startswith("campaign.")]
    assert told == [("campaign.started", "ada"), ("campaign.created", "ada")]


async def test_a_campaign_that_meets_its_cap_pauses_and_says_so(living):
    sender = Sent()
    for number in range(3):
        await _buyer(living, f"p{number}", ("shop", f"{number}"))
    await _campaign(living, cost_cap=25)
    await living.go(45)
    assert await _round(living, sender) == 2
    (campaign,) = await Campaigns(living.owned).all()
    assert (campaign.state, campaign.why) == (CampaignState.PAUSED, Paused.COST_CAP)
    assert campaign.spent_minor == 20
    assert [state for state, _ in await _told(living)].count("PLANNED") == 1
    assert "COST_CAP" in await _stops(living)


async def test_a_cap_holds_for_many_workers_at_once(living):
    for number in range(6):
        await _buyer(living, f"p{number}", ("shop", f"{number}"))
    await _campaign(living, cost_cap=35)
    await living.go(45)
    senders = [Sent() for _ in range(3)]
    sent = await asyncio.gather(*(_round(living, one) for one in senders))
    assert sum(sent) == 3
    assert await _spent(living) == 30
    ids = [message.touch_id for one in senders for message in one.messages]
    assert len(ids) == len(set(ids)) == 3


async def test_too_dear_or_unreachable_ends_it(living):
    await living.join("ann", ANN)
    await living.consent("ann")
    await living.buy(ANN, 0)
    await _campaign(living)
    await living.go(45)
    await _round(living, Sent())
    assert await _told(living) == [("STOPPED", "UNREACHABLE")]
    assert await _spent(living) == 0


async def test_two_workers_at_once_send_once(living):
    await _buyer(living)
    await _campaign(living)
    await living.go(45)
    senders = [Sent() for _ in range(4)]
    sent = await asyncio.gather(*(_round(living, one) for one in senders))
    assert sum(sent) == 1


async def test_a_worker_that_dies_between_sending_and_writing_leaves_it_unknown(living):
    sender = Sent()

    async def killed():
        raise KeyboardInterrupt

    sender.during = killed
    await _buyer(living)
    await _campaign(living)
    await living.go(45)
    with pytest.raises(KeyboardInterrupt):
        await _round(living, sender)
    assert await _told(living) == [("SENDING", None)]
    sender.during = None
    assert await _round(living, sender) == 0
    living.hour += 1
    assert await _round(living, sender) == 0
    assert await _told(living) == [("UNKNOWN", None)]
    assert await _spent(living) == 10
    assert len(sender.messages) == 1


async def test_a_worker_that_stalls_does_not_send_what_was_given_to_another(living):
    slow, other = Sent(), Sent(later=Delivery.NOT_SENT)
    await _buyer(living)
    await _campaign(living)
    await living.go(45)
    touching = Touching(living.owned, [slow])

    class Stalled:
        async def address(self, *_):
            living.hour += 1
            await _round(living, other)  # it is UNKNOWN, looked up, and due again
            living.hour += 1
            assert await _round(living, other) == 1
            return PHONE

    touching._addresses = Stalled()
    assert await touching.round() == 0
    assert (len(slow.messages), len(other.messages)) == (0, 1)
    assert await _told(living) == [("SENT", None)]
    assert await _spent(living) == 10


@pytest.mark.parametrize(
    ("later", "told", "spent"),
    [
        (Delivery.SENT, ("SENT", None), 10),
        (Delivery.REFUSED, ("STOPPED", "SENDER_REFUSED"), 0),
        (Delivery.UNKNOWN, ("UNKNOWN", None), 10),
    ],
)
async def test_what_is_unknown_is_looked_up_and_never_repeated_blindly(living, later, told, spent):
    sender = Sent(Delivery.UNKNOWN, later)
    await _buyer(living)
    await _campaign(living)
    await living.go(45)
    assert await _round(living, sender) == 1
    assert await _round(living, sender) == 0
    assert await _told(living) == [told]
    assert await _spent(living) == spent
    assert len(sender.messages) == 1


async def test_what_never_arrived_is_sent_again_later(living):
    sender = Sent(Delivery.NOT_SENT)
    await _buyer(living)
    await _campaign(living)
    await living.go(45)
    await _round(living, sender)
    assert await _told(living) == [("PLANNED", None)]
    assert await _spent(living) == 0
    living.hour += 1
    sender.says = Delivery.SENT
    assert await _round(living, sender) == 1
    assert await _told(living) == [("SENT", None)]


async def test_without_its_sender_a_campaign_pauses(living):
    await _buyer(living)
    await _campaign(living, sender="letters")
    await living.go(45)
    await _round(living, Sent())
    (campaign,) = await Campaigns(living.owned).all()
    assert (campaign.state, campaign.why) == (CampaignState.PAUSED, Paused.SENDER_MISSING)


@pytest.fixture
async def dropped(living, tmp_path):
    """Two people whose touches lie in one drop that nobody has fetched."""
    drop = DropSender("letters", tmp_path / "out", now=living.now)
    for one in ("ann", "bea"):
        await _buyer(living, one, ("shop", one))
    await _campaign(living, sender="letters")
    await living.go(45)
    assert await _round(living, drop) == 2
    assert await _told(living) == [("DROPPED", None)] * 2
    return living, drop


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (lambda at: at.buy(("shop", "ann"), 45), "SECOND_PURCHASE"),
        (lambda at: at.consent("ann", granted=False), "CONSENT_WITHDRAWN"),
        (lambda at: at.erase("ann"), "ERASED"),
    ],
)
async def test_what_was_not_fetched_is_taken_out_of_the_drop(dropped, event, reason):
    living, drop = dropped
    living.hour += 1
    await event(living)
    await living.catch_up()
    await _round(living, drop)
    told = {row.one_id: (row.state, row.reason) for row in await living.touches()}
    assert told == {"ann": ("CANCELLED", reason), "bea": ("DROPPED", None)}
    (path,) = drop._folder.glob("*.csv")
    assert "ann" not in path.read_text("utf-8")
    assert "bea" in path.read_text("utf-8")
    assert await _spent(living) == 10


async def test_what_was_fetched_is_sent_and_stays_so(dropped):
    living, drop = dropped
    (path,) = drop._folder.glob("*.csv")
    path.rename(path.with_suffix(".taken"))
    await living.buy(("shop", "ann"), 45)
    await living.catch_up()
    await _round(living, drop)
    assert await _told(living) == [("SENT", None)] * 2
