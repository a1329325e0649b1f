"""The report of the data's quality over memberships that were really taken in."""

from datetime import UTC, datetime

import psycopg
import pytest

from capabilities.caller import MembershipKey
from capabilities.member.quality import PhoneFault, phone_fault
from capabilities.member.records import Contact, Membership
from capabilities.order.facts import OrderFact
from capabilities.sources import SourceRef
from gateway.cli.member_report import parts_of
from gateway.cli.report_page import page_of
from store.keyring import keyring_of
from store.member.quality import Quality
from store.member.taking import open_intake
from store.order.facts import OrderFacts

BRAND = "baiwei"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def member(channel, number, phone, *, verified=True):
    return Membership(
        channel=channel,
        number=number,
        contact=Contact(phone=phone, phone_verified=verified),
        source=SourceRef(connector=channel, system="acme", external_id=number),
    )


@pytest.mark.parametrize(
    ("phone", "verified", "fault"),
    [
        ("13812345678", True, None),
        ("13812345678", False, PhoneFault.UNVERIFIED),
        (None, True, PhoneFault.MISSING),
        ("  ", True, PhoneFault.MISSING),
        ("138****5678", True, PhoneFault.MASKED),
        ("18877771111-123", True, PhoneFault.VIRTUAL),
        ("13800000000", True, PhoneFault.BLOCKED),
        ("1381234", True, PhoneFault.INVALID),
        ("010-64001234", True, PhoneFault.INVALID),
    ],
)
def test_a_phone_that_joins_nobody_has_its_reason(phone, verified, fault):
    assert phone_fault(member("shop", "1", phone, verified=verified)) is fault


@pytest.fixture
async def measured(store, database):
    intake = open_intake(BRAND, keyring_of(b"k" * 48))
    people = [
        member("shop", "1", "13812345678"),
        member("store", "9", "+86 138 1234 5678"),
        member("store", "10", "13912345678"),
        member("store", "11", None),
    ]
    await store.transaction(lambda run: intake.take(run, people, at=NOW))
    orders = [
        OrderFact(channel="shop", number="a", connector="shop", holder=MembershipKey("shop", "1")),
        OrderFact(channel="shop", number="b", connector="shop", holder=MembershipKey("shop", "7")),
        OrderFact(channel="store", number="c", connector="store"),
        OrderFact(channel="store", number="d", connector="store", gone=True),
    ]
    await OrderFacts(store, BRAND).record(orders)
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO sync_rows (brand, connector, capability, key, channel, digest, missed,"
            " fault) VALUES ('baiwei', 'pos', 'member', '11', 'store', '', 0, 'MISSING'),"
            " ('other', 'pos', 'member', '11', 'store', '', 0, 'MISSING')"
        )
    return await Quality(store, BRAND).measure(NOW)


async def test_people_duplicates_phones_and_orders_are_counted(measured):
    assert (measured.people, measured.memberships, measured.joined) == (3, 4, 1)
    (phones,) = measured.duplicates
    assert (phones.rule, phones.identities, phones.memberships) == ("PHONE", 1, 2)
    assert measured.conflicts == ()
    assert [(one.connector, one.reason, one.memberships) for one in measured.phones] == [
        ("pos", "MISSING", 1)
    ]
    covered = [(one.channel, one.orders, one.attributed) for one in measured.coverage]
    assert covered == [("shop", 2, 1), ("store", 1, 0)]
    assert measured.order_coverage == pytest.approx(1 / 3)
    assert measured.consent_coverage == 0


async def test_the_page_has_a_chart_of_each_part_and_nothing_from_elsewhere(measured):
    page = page_of(measured)
    assert page.count("<svg") == 3
    assert "http" not in page
    assert "<script" not in page
    assert list(parts_of(measured)) == [
        "people",
        "duplicates by rule",
        "phones that join nobody",
        "orders of a person",
    ]


async def test_an_empty_store_is_a_report_of_nothing(store):
    found = await Quality(store, BRAND).measure(NOW)
    assert (found.people, found.order_coverage, found.consent_coverage) == (0, None, None)
    assert "–" in page_of(found)
