"""A till and a platform that both write its members: real tables on both sides, and both relays."""

from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import psycopg
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.adoption.history import Decided
from capabilities.adoption.moves import Action
from capabilities.adoption.standing import ConflictPolicy, Standing
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.member.claims import Key
from capabilities.member.conflicts import Ruling
from capabilities.member.writing import PersonFields
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from demo.pos.tables import TABLES
from store.adoption.evidence import EvidenceRows
from store.adoption.leaders import Leaders
from store.adoption.outbox import Outbox
from store.adoption.standings import Standings
from store.commands import Commands
from store.member.conflict_desk import ConflictDesk
from store.member.conflicts import Conflicts
from store.member.echoes import Echoes
from store.member.kept_memberships import KeptMemberships
from store.member.led_writes import LedWrites, Wanted
from store.member.levelling import Levelling
from store.member.taking import intake_of
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from store.syncing.streams import Streams
from tests.store.member.taking import KEY
from work.commands import Relay
from work.reconciling import Reconciling
from work.syncing import Syncing
from work.taking import MemberTaker

CHANNEL = "store"


def make_till(dsn, people):
    """The tables of a till with some customers, by psycopg alone."""
    with psycopg.connect(dsn) as connection:
        for name, columns in TABLES.items():
            connection.execute(f"CREATE TABLE {name} ({columns})")
        connection.execute(
            "INSERT INTO ospos_people (first_name, last_name, phone_number, email, address_1,"
            " address_2, city, state, zip, country, comments) SELECT '小满', '林',"
            " '139' || (10000000 + n), 'p' || n || '@example.test', '街', '', '上海', '', '',"
            " '中国', '爱喝茶' FROM generate_series(1, %s) n",
            (people,),
        )
        connection.execute(
            "INSERT INTO ospos_customers (person_id, date, employee_id, points, account_number)"
            " SELECT person_id, '2026-01-01', 1, 10, 'C' || person_id FROM ospos_people"
        )


def till_spec(url):
    return ConnectorSpec(
        name="till",
        system="ospos",
        settings={"url": url},
        secrets={"password": "env:DUAL_PASSWORD"},
        limits=Limits(deadline_ms=30_000, max_batch=500),
        channels={Capability.MEMBER: {"*": CHANNEL}},
    )


def shop_spec(url):
    return ConnectorSpec(
        name="shop",
        system="woocommerce",
        settings={"base_url": f"{url}/wp-json/wc/v3", "username": "ck_demo"},
        secrets={"password": "env:DUAL_PASSWORD"},
        limits=Limits(deadline_ms=30_000),
        channels={Capability.MEMBER: {"*": CHANNEL}},
    )


class Both:
    """Both sides of one brand, and what runs between them."""

    def __init__(self, store, brand, spec, *, clock=None, lease_seconds=60.0):
        self.store, self.brand, self.spec = store, brand, spec
        self.owned = Owned(
            store=store,
            brand=brand,
            sealer=Sealer(b"s" * 32),
            key=KEY,
            zone=ZoneInfo("Asia/Shanghai"),
            **({"now": clock} if clock else {}),
        )
        self.keys = DataKeys(brand, self.owned.sealer)
        self.intake = intake_of(self.owned)
        self.led = LedWrites(self.owned, self.keys, self.intake)
        self.leaders = Leaders(brand)
        self.commands = Commands(store, brand, self.keys)
        self.conflicts = Conflicts(self.owned, self.keys)
        self.outbox = Outbox(store, brand)
        self.standings = Standings(self.owned)
        echoes = Echoes(self.owned, self.keys, self.intake)
        self.taker = MemberTaker(self.intake, echoes, self.owned.now)
        self.syncing = Syncing(
            store,
            Streams(store, brand),
            {Capability.MEMBER: self.taker},
            lease_seconds=lease_seconds,
        )
        self.relay = Relay(self.owned, self.commands, self.intake, self._spec, self.opened)
        self.reconciling = Reconciling(
            self.owned, self.keys, self.intake, lambda: [spec], self.opened
        )
        self.connector = None

    def reconciling_by(self, clock):
        """As `reconciling`, under another clock."""
        owned = replace(self.owned, now=clock)
        return Reconciling(owned, self.keys, self.intake, lambda: [self.spec], self.opened)

    async def __aenter__(self):
        self.connector = await open_connector(
            self.spec, SilentObserver(), zone=ZoneInfo("Asia/Shanghai")
        )
        return self

    async def __aexit__(self, *_):
        await self.connector.aclose()

    def _spec(self, name):
        return self.spec if name == self.spec.name else None

    @asynccontextmanager
    async def opened(self, _):
        yield self.connector

    async def sync(self):
        return await self.syncing.run(self.connector, Capability.MEMBER, whole=True)

    async def stand(self, state, *, points=0, policy=ConflictPolicy.LEADER_WINS, guarded=True):
        """Take a step, whatever the evidence."""

        async def decide(_run, before):
            now = self.owned.now()
            fresh = Standing(
                channel=CHANNEL,
                capability=Capability.MEMBER,
                state=state,
                read_points=10_000,
                write_points=points,
                conflict_policy=policy,
                from_state=before.lead,
                entered_at=now,
                routed_at=now,
                changed_at=now,
            )
            return fresh, Decided(action=Action.ROUTE, author="ada", reason="test")

        guards = [self.outbox.guard] if guarded else []
        return await self.standings.move(CHANNEL, Capability.MEMBER, decide, guards)

    async def write(self, number, person, kept=None, first=None):
        """As a mutation does it: acknowledged once this comes back.

        `first` and `kept` are called in the write's own transaction, before it and behind it, the
        latter with the standing that it went by.
        """

        async def work(run):
            if first is not None:
                await first(run)
            standing = await self.leaders.in_force(run, Capability.MEMBER, CHANNEL)
            rows = await run(_HOLDER, {"brand": self.brand, "number": number})
            wanted = Wanted(
                connector=self.spec.name,
                key=(CHANNEL, number),
                one_id=rows[0].one_id,
                person=person,
                author="ada",
            )
            state = await self.led.update_in(run, standing, wanted)
            if kept is not None:
                await kept(run, standing, state)
            return state

        return await self.store.transaction(work)

    async def take(self, *records):
        """Rows of the feed, as a batch of the sync takes them."""
        prepared = await self.taker.prepare(self.spec, records, self.owned.now())
        return await self.store.transaction(lambda run: self.taker.take(run, prepared))

    async def decide(self, conflict, keep):
        desk = ConflictDesk(self.owned, self.keys)
        ruling = Ruling(keep=keep, author="ada", reason="asked her")
        return await self.store.transaction(lambda run: desk.decide(run, conflict, ruling))

    async def numbers(self, most=60):
        """Numbers of members, the first of all."""
        levelling = Levelling(self.owned, self.keys, self.intake)
        return await levelling.numbers(CHANNEL, "", most)

    async def evidence(self):
        return await EvidenceRows(self.store, self.brand).of(CHANNEL, Capability.MEMBER)

    async def kept(self, *numbers):
        """What the platform has of some memberships, by number."""
        kept = KeptMemberships(self.store, self.brand, self.keys)
        keys: list[Key] = [(CHANNEL, one) for one in numbers]
        found = await kept.kept_in(self.store.rows, keys)
        return {number: found[CHANNEL, number] for number in numbers}

    async def settle(self, most=20):
        """Relay and sync until neither has anything to do; how many rounds that took."""
        for turn in range(most):
            await self.relay.run()
            changed = (await self.sync()).changed
            left = await self.store.rows(_WAITING, {"brand": self.brand})
            if not changed and not left[0].waiting:
                return turn
        raise AssertionError("the two sides write for ever")


_HOLDER = text(
    "SELECT one_id FROM membership_links WHERE brand = :brand AND number = :number"
    " AND channel = 'store'"
)
_WAITING = text(
    "SELECT count(*) AS waiting FROM member_commands WHERE brand = :brand"
    " AND state IN ('QUEUED', 'SENDING', 'UNKNOWN')"
)


class Clerk:
    """Somebody at the till, who writes its tables and knows nothing of a platform."""

    def __init__(self, dsn):
        self.dsn = dsn

    def change(self, changes):
        """Each of (person, column, value) in a transaction of its own, as a till does."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for person, column, value in changes:
                statement = f"UPDATE ospos_people SET {column} = %s WHERE person_id = %s"  # noqa: S608
                connection.execute(statement, (value, person))

    def joined(self, person, day):
        """A customer's card has another first day."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            statement = "UPDATE ospos_customers SET date = %s WHERE person_id = %s"
            connection.execute(statement, (day, person))

    def people(self):
        """Every person of the till, by number."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute(
                "SELECT person_id, phone_number, email, last_name || first_name, comments"
                " FROM ospos_people ORDER BY 1"
            )
            return {str(row[0]): row[1:] for row in rows}

    def versions(self, table="ospos_people"):
        """Which version of each row there is: another one says that it was written."""
        with psycopg.connect(self.dsn) as connection:
            statement = f"SELECT ctid::text, xmin::text FROM {table}"  # noqa: S608
            return connection.execute(statement).fetchall()


async def everybody(both, numbers):
    """Pairs of both sides' phone, e-mail and name, by number."""
    kept = await both.kept(*numbers)
    return {
        number: (one.contact.phone, one.contact.email, one.contact.name)
        for number, one in kept.items()
    }


def person(**fields):
    """A change, its phone proven."""
    return PersonFields(**fields, phone_verified="phone" in fields)
