"""Invented people of one brand with a clock of their own: who they are, what they bought, when."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.events import Subject, Topic
from capabilities.member.claims import Claim
from capabilities.member.consent import (
    ConsentAnswer,
    ConsentMedium,
    ConsentPurpose,
    ConsentStatus,
)
from capabilities.member.records import IdentityKind
from capabilities.order.facts import OrderFact
from capabilities.order.records import OrderStatus, PaymentStatus
from store.events import Events, tell
from store.lifecycle.standings import TOPICS, Lifecycle
from store.member.membership_rows import place_of_claim
from store.order.facts import OrderFacts
from store.owned import Owned
from store.privacy.consents import Consents
from store.privacy.data_keys import DataKeys, owner_of_membership
from store.sealing import Sealer

BRAND = "baiwei"
ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 1)
KEY = b"k" * 32


def day(number: int) -> date:
    return DAY + timedelta(days=number)


class Living:
    """The people and their clock; noon of `today`, Shanghai time."""

    def __init__(self, store, brand=BRAND):
        self.store = store
        self.brand = brand
        self.today = day(0)
        self.hour = 12
        self.owned = Owned(
            store=store, brand=brand, sealer=Sealer(KEY), key=KEY, zone=ZONE, now=self.now
        )
        self.lifecycle = Lifecycle(self.owned)
        self.facts = OrderFacts(store, brand)
        self.consents = Consents(store, brand)

    def now(self) -> datetime:
        noon = datetime(self.today.year, self.today.month, self.today.day, tzinfo=ZONE)
        return (noon + timedelta(hours=self.hour)).astimezone(UTC)

    async def sql(self, words, **named):
        return await self.store.rows(text(words), {"brand": self.brand, **named})

    async def join(self, one_id, *memberships):
        """A person and her memberships, as (channel, number); those of others become hers."""
        await self.sql(
            """INSERT INTO members (brand, one_id, status, created_at, version)
               VALUES (:brand, :one_id, 'ACTIVE', :at, 1) ON CONFLICT DO NOTHING""",
            one_id=one_id,
            at=self.now(),
        )
        for channel, number in memberships:
            await self.sql(
                """INSERT INTO membership_links (brand, number, channel, one_id)
                   VALUES (:brand, :number, :channel, :one_id)
                   ON CONFLICT (brand, number, channel) DO UPDATE SET one_id = excluded.one_id""",
                number=number,
                channel=channel,
                one_id=one_id,
            )
        await self.tell(Topic.MEMBER_CHANGED, one_id)

    async def address(self, membership, value, kind=IdentityKind.PHONE, *, verified=True):
        """What a membership shows of its person, sealed as the intake seals it."""
        channel, number = membership
        claim = Claim(membership, kind, "+86", value.encode())
        owner = owner_of_membership(channel, number)
        seals = await DataKeys(self.brand, self.owned.sealer).make(self.store.rows, [owner])
        await self.sql(
            """INSERT INTO identity_claims (brand, hash, number, channel, kind, scope, verified,
                 barred, gone, first_seen, last_seen, source, sealed_value)
               VALUES (:brand, :hash, :number, :channel, :kind, '+86', :verified, false, false,
                 :at, :at, 'any', :sealed)""",
            hash=claim.hash,
            number=number,
            channel=channel,
            kind=kind.value,
            verified=verified,
            at=self.now(),
            sealed=seals[owner].seal(value, place_of_claim(self.brand, claim)),
        )

    async def merge(self, old, into):
        await self.sql(
            "UPDATE membership_links SET one_id = :into WHERE brand = :brand AND one_id = :old",
            into=into,
            old=old,
        )
        await self.sql(
            "INSERT INTO member_aliases (brand, old_id, one_id) VALUES (:brand, :old, :into)",
            into=into,
            old=old,
        )
        await self.tell(Topic.MEMBER_CHANGED, old, into)

    async def unmerge(self, old, *memberships):
        into = await self.sql(
            "DELETE FROM member_aliases WHERE brand = :brand AND old_id = :old RETURNING one_id",
            old=old,
        )
        await self.join(old, *memberships)
        await self.tell(Topic.MEMBER_CHANGED, into[0].one_id)

    async def erase(self, one_id):
        await self.sql(
            "UPDATE members SET status = 'ERASED' WHERE brand = :brand AND one_id = :one_id",
            one_id=one_id,
        )
        await self.sql(
            "DELETE FROM membership_links WHERE brand = :brand AND one_id = :one_id",
            one_id=one_id,
        )
        await self.tell(Topic.MEMBER_CHANGED, one_id)

    async def buy(self, holder, on, *, named=None, paid=1000, **more):
        """A paid order of 10.00 on a day, by the holder (channel, number)."""
        channel, number = holder
        fact = OrderFact(
            channel=channel,
            number=named or f"{number}-{on}",
            connector="any",
            holder=MembershipKey(channel, number),
            placed_at=datetime(2026, 3, 1, 4, tzinfo=UTC) + timedelta(days=on),
            business_date=day(on),
            status=OrderStatus.COMPLETED,
            payment_status=PaymentStatus.PAID,
            currency="CNY",
            paid=paid,
        )
        await self.facts.record([msgspec.structs.replace(fact, **more)])

    async def consent(self, one_id, *, granted=True, medium=ConsentMedium.ANY):
        answer = ConsentAnswer(
            one_id=one_id,
            membership=None,
            purpose=ConsentPurpose.MARKETING,
            medium=medium,
            status=ConsentStatus.GRANTED if granted else ConsentStatus.REVOKED,
            text_version="1",
            source="test",
            at=self.now(),
        )
        await self.consents.add_text(
            ConsentPurpose.MARKETING, "1", "May we write?", by="ada", at=self.now()
        )
        key = f"{one_id}{self.now()}{granted}{medium}"
        return await self.consents.record(answer, author="ada", idempotency_key=key, now=self.now())

    async def tell(self, topic, *one_ids):
        await self.store.transaction(
            lambda run: tell(run, self.brand, topic, [Subject(one) for one in one_ids])
        )

    async def catch_up(self):
        """Every event until now, judged."""
        events = Events(self.store, self.brand)
        while await events.consume("lifecycle", TOPICS, self.lifecycle.follow, most=50):
            pass

    async def go(self, number):
        """To a day, with the sweep of that day."""
        self.today = day(number)
        await self.catch_up()
        await self.lifecycle.sweep()
        await self.lifecycle.lapse()

    async def stage(self, one_id):
        rows = await self.sql(
            """SELECT stage, since FROM lifecycle_standings
               WHERE brand = :brand AND one_id = :one_id""",
            one_id=one_id,
        )
        return (rows[0].stage, rows[0].since) if rows else None

    async def touches(self, rule="second-purchase"):
        return await self.sql(
            """SELECT * FROM lifecycle_touches WHERE brand = :brand AND rule = :rule
               ORDER BY due_on, number""",
            rule=rule,
        )

    async def told(self, rule="second-purchase"):
        return [(one.one_id, one.number, one.state, one.reason) for one in await self.touches(rule)]
