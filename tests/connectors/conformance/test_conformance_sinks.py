"""What systems that take changes of memberships promise: once, by our reference, or not at all."""

import itertools
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from psycopg.rows import dict_row

from capabilities.errors import ChannelError, Refused
from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.member.ports import MembershipSink
from capabilities.member.records import Identity, IdentityKind
from capabilities.member.writing import MembershipWrite, PersonFields, WriteKind
from connectors._kit import SilentObserver
from connectors.connector import open_connector
from demo.pos.seed import seed_database
from demo.pos.tables import TABLES
from tests.connectors.conformance.subject import ZONE, World, order_fault

_NUMBERS = itertools.count(1)
PERSON = PersonFields(phone="13900001111", family_name="林", given_name="晓")


class Shop:
    """WooCommerce, whose simulator takes customers."""

    lost = "truncated"
    away = "refuse"
    erased_is_gone = True

    def __init__(self, world):
        self.control = self.url = world.server("demo.shop", "--port", "0")

    def spec(self):
        return ConnectorSpec(
            name="shop",
            system="woocommerce",
            settings={"base_url": f"{self.url}/wp-json/wc/v3", "username": "ck_demo"},
            secrets={"password": "env:DEMO_WOO_SECRET"},
            limits=Limits(deadline_ms=3000),
            channels={Capability.MEMBER: {"*": "shop"}},
        )


class Till:
    """Open Source POS in a real PostgreSQL, behind a proxy that loses answers."""

    lost = "truncated"
    away = "refuse"
    erased_is_gone = False

    def __init__(self, world):
        world.postgres.create_database("sinks_pos")
        dsn = self.dsn = str(world.postgres.dsn("sinks_pos"))
        seed_database(dsn)
        socket = world.folders.mktemp("proxy") / ".s.PGSQL.5432"
        upstream = f"{parse_qs(urlsplit(dsn).query)['host'][0]}/.s.PGSQL.5432"
        self.control = world.server(
            *("demo.pos", "proxy", "--listen", str(socket)),
            *("--upstream", upstream, "--control-port", "0"),
        )
        self.place = f"?host={socket.parent}&port=5432"

    def spec(self, user="pos_writer"):
        return ConnectorSpec(
            name="till",
            system="ospos",
            settings={"url": f"postgresql://{user}@/sinks_pos{self.place}"},
            secrets={"password": "env:DEMO_POS_PASSWORD"},
            limits=Limits(deadline_ms=3000),
            channels={Capability.MEMBER: {"*": "store"}},
        )


@pytest.fixture(scope="module")
def systems(postgres, tmp_path_factory):
    from contextlib import ExitStack  # noqa: PLC0415 - only here

    made = {}
    with ExitStack() as stack:
        world = World(postgres, tmp_path_factory, stack)

        def of(kind):
            if kind not in made:
                made[kind] = kind(world)
            return made[kind]

        yield of


@pytest.fixture(params=[Shop, Till], ids=["woocommerce", "ospos"])
def system(request, systems):
    found = systems(request.param)
    yield found
    order_fault(found.control, "none")


@pytest.fixture
async def sink(system):
    connector = await open_connector(system.spec(), SilentObserver(), zone=ZONE)
    yield connector
    await connector.aclose()


def write(kind=WriteKind.REGISTER, number=None, **person):
    turn = next(_NUMBERS)
    email = person.pop("email", f"w{turn}@example.test")
    phone = person.pop("phone", f"139{turn:08d}")
    facts = {"family_name": "林", "given_name": "晓", **person}
    return MembershipWrite(
        kind=kind,
        reference=f"ref-{turn}",
        number=number,
        person=PersonFields(email=email, phone=phone, **facts),
    )


async def test_it_is_a_sink_of_every_kind(sink):
    assert isinstance(sink, MembershipSink)
    assert sink.write_kinds == frozenset(WriteKind)
    assert MembershipSink in sink.abilities


async def test_a_registration_stands_and_is_found_by_its_reference_alone(sink):
    wish = write()
    number = await sink.write_membership(wish)
    (found,) = await sink.memberships([number])
    assert (found.contact.email, found.number) == (wish.person.email, number)
    assert found.contact.name == "林晓"
    assert await sink.written_membership(wish) == number
    other = MembershipWrite(kind=wish.kind, reference="ref-other", person=wish.person)
    assert await sink.written_membership(other) is None


async def test_an_answer_that_is_lost_is_looked_up_and_nobody_stands_twice(system, sink):
    wish = write()
    await sink.write_membership(write())  # a connection that works
    order_fault(system.control, system.lost)
    with pytest.raises(ChannelError) as lost:
        await sink.write_membership(wish)
    assert not isinstance(lost.value, Refused)
    order_fault(system.control, "none")
    number = await sink.written_membership(wish)
    assert number is not None
    email = Identity(IdentityKind.EMAIL, "", wish.person.email)
    (found,) = await sink.memberships_by_identity([email])
    assert [one.number for one in found] == [number]


async def test_what_never_arrived_is_found_by_nobody(system, sink):
    wish = write()
    order_fault(system.control, system.away)
    with pytest.raises(ChannelError):
        await sink.write_membership(wish)
    order_fault(system.control, "none")
    assert await sink.written_membership(wish) is None
    assert await sink.write_membership(wish) is not None


async def test_an_update_changes_what_is_given_and_is_checked_by_its_number(sink):
    first = write()
    number = await sink.write_membership(first)
    change = MembershipWrite(
        kind=WriteKind.UPDATE,
        reference="ref-change",
        number=number,
        person=PersonFields(given_name="明"),
    )
    assert await sink.written_membership(change) is None
    assert await sink.write_membership(change) == number
    assert await sink.written_membership(change) == number
    (found,) = await sink.memberships([number])
    assert (found.contact.name, found.contact.email) == ("林明", first.person.email)
    assert found.origin == "ref-change"  # what comes back in a feed is known as ours


@pytest.mark.parametrize("kind", [WriteKind.UPDATE, WriteKind.ERASE])
async def test_nobody_is_changed_under_a_number_that_is_nobodys(sink, kind):
    assert await sink.write_membership(write(kind, "99999999")) is None


async def test_who_is_erased_leaves_no_name(system, sink):
    number = await sink.write_membership(write())
    wish = MembershipWrite(kind=WriteKind.ERASE, reference="ref-erase", number=number)
    assert await sink.write_membership(wish) == number
    (found,) = await sink.memberships([number])
    if system.erased_is_gone:
        assert found is None
    else:
        assert not (found.contact.name)
        assert not (found.contact.phone)
        assert not (found.contact.email)


async def test_a_value_is_never_part_of_what_is_asked(sink):
    wish = write(family_name="'); DROP TABLE ospos_people; --", given_name='{"a": "{reference}"}')
    number = await sink.write_membership(wish)
    (found,) = await sink.memberships([number])
    assert "DROP TABLE" in found.contact.name
    assert "{reference}" in found.contact.name


# What each kind of change writes of the tables of a till; nothing else of them may differ.
MARK = ("ospos_people", "comments")
NAMED = {("ospos_people", one) for one in ("first_name", "last_name", "phone_number", "email")}
PLACES = ("address_1", "address_2", "city", "state", "zip", "country", "gender")
ERASED = {*NAMED, MARK, *(("ospos_people", one) for one in PLACES)}
LEFT = {("ospos_customers", one) for one in ("deleted", "account_number")}
WRITTEN = {WriteKind.UPDATE: {*NAMED, MARK}, WriteKind.ERASE: {*ERASED, *LEFT}}


class OldTill:
    """A till that reads and writes its own tables, and knows of nobody else."""

    def __init__(self, dsn):
        self.connection = psycopg.connect(dsn, autocommit=True, row_factory=dict_row)

    def everything(self):
        """Every value of every table as its bytes: (table, row, column) to text."""
        found = {}
        for table in TABLES:
            rows = self.connection.execute(f"SELECT ctid, t.* FROM {table} t")  # noqa: S608
            for row in rows.fetchall():
                key = str(row.pop("person_id", None) or sorted(map(str, row.values())))
                row.pop("ctid")
                found |= {(table, key, name): repr(value) for name, value in row.items()}
        return found

    def find(self, words):
        """As its screen of customers looks for one."""
        rows = self.connection.execute(
            "SELECT p.*, c.points, c.account_number FROM ospos_customers c"
            " JOIN ospos_people p ON p.person_id = c.person_id"
            " WHERE c.deleted = 0 AND (p.phone_number LIKE %(w)s OR p.email LIKE %(w)s"
            " OR p.last_name || p.first_name LIKE %(w)s) ORDER BY p.last_name",
            {"w": f"%{words}%"},
        )
        return rows.fetchall()

    def save(self, row, **changed):
        """As its form saves: every field of the person as it was read, some of them changed."""
        kept = {name: row[name] for name in row if name not in ("points", "account_number")}
        kept |= changed
        columns = ", ".join(f"{name} = %({name})s" for name in kept)
        self.connection.execute(
            f"UPDATE ospos_people SET {columns} WHERE person_id = %(person_id)s",  # noqa: S608
            kept,
        )


async def test_a_till_finds_its_own_tables_fed_and_nothing_else_touched(systems):
    till = systems(Till)
    sink = await open_connector(till.spec(), SilentObserver(), zone=ZONE)
    client = OldTill(till.dsn)
    try:
        before = client.everything()
        wish = write()
        number = await sink.write_membership(wish)
        after = client.everything()
        new = {(table, key) for table, key, _ in after.keys() - before.keys()}
        assert new == {("ospos_people", number), ("ospos_customers", number)}
        assert {key: after[key] for key in before} == before
        (shown,) = client.find(wish.person.phone[-11:])
        assert (shown["last_name"], shown["first_name"]) == ("林", "晓")
        # a clerk notes something and saves the form; the mark stays, and so does her note
        client.save(shown, comments="少糖 " + shown["comments"], city="上海")
        for kind in (WriteKind.UPDATE, WriteKind.ERASE):
            before = client.everything()
            wish = write(kind, number, given_name="明")
            assert await sink.write_membership(wish) == number
            after = client.everything()
            changed = {one for one in before if before[one] != after[one]}
            assert before.keys() == after.keys()
            assert {key for _, key, _ in changed} == {number}
            assert {(table, column) for table, _, column in changed} <= WRITTEN[kind]
            if kind is WriteKind.UPDATE:
                (shown,) = client.find(wish.person.phone[-11:])
                assert (shown["last_name"], shown["first_name"]) == ("林", "明")
                assert shown["comments"].startswith("少糖 [santong ref-")
                assert shown["city"] == "上海"
        assert not client.find(shown["phone_number"])
    finally:
        client.connection.close()
        await sink.aclose()


async def test_a_shop_refuses_a_second_customer_of_one_address(systems):
    sink = await open_connector(systems(Shop).spec(), SilentObserver(), zone=ZONE)
    try:
        await sink.write_membership(write(email="twice@example.test"))
        with pytest.raises(Refused, match="registration-error-email-exists"):
            await sink.write_membership(write(email="twice@example.test"))
    finally:
        await sink.aclose()


async def test_a_user_who_may_only_read_is_refused_and_goes_on_reading(systems):
    sink = await open_connector(systems(Till).spec("pos_reader"), SilentObserver(), zone=ZONE)
    try:
        with pytest.raises(Refused):
            await sink.write_membership(write())
        assert not sink.upstream.latch.latched
        assert len(await sink.memberships(["1"])) == 1
    finally:
        await sink.aclose()
