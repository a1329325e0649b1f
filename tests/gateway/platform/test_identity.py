"""Who may compare, join and erase people, and what of it stands in the audit trail."""

import secrets
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from capabilities.caller import Caller, MembershipKey, Role, Visibility
from capabilities.errors import Forbidden
from capabilities.estate import Capability, ConnectorSpec
from capabilities.member.ports import MembershipSource
from capabilities.member.records import Contact, Member, Membership
from capabilities.member.review import CandidateState
from capabilities.sources import SourceRef
from connectors.connector import Turn
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.platform.owned import CallersPlatform
from store.access.audit import Audit
from store.engine import Store
from store.member.taking import intake_of
from store.owned import Owned
from store.sealing import Sealer
from tests.migrated import migrated

BRAND = "baiwei"
NOON = datetime(2026, 10, 31, 4, tzinfo=UTC)
LIN, NEIGHBOUR = "13912345678", "13900000002"
WITH_A_PHONE = f"she called from {LIN}"


def membership(number, phone):
    contact = Contact(name="林小满", phone=phone, phone_verified=True)
    source = SourceRef(connector="tills", system="s", external_id=number)
    return Membership(channel="store", number=number, contact=contact, source=source)


@pytest.fixture
async def owned(postgres):
    made = migrated(postgres, f"identity_{secrets.token_hex(4)}")
    store = Store.open(made, deadline_seconds=10)
    owned = Owned(
        store=store,
        brand=BRAND,
        sealer=Sealer(b"v" * 32),
        key=b"h" * 32,
        zone=ZoneInfo("Asia/Shanghai"),
        now=lambda: NOON,
    )
    taken = [membership("7", LIN), membership("8", NEIGHBOUR)]
    await store.transaction(lambda run: intake_of(owned).take(run, taken, at=NOON))
    yield owned
    await store.aclose()


class Guessing:
    """Budgets that are never spent."""

    async def enter(self, _who):
        return self

    async def give_back(self):
        pass

    async def ended(self, _one_id):
        pass


class Tills(MembershipSource):
    """A system that shows one membership, whatever it is asked."""

    one_credential, digest, native_types, abilities = True, "1", (), frozenset()

    def __init__(self, shown):
        self._shown = shown

    def turn(self, _port):
        return Turn(10, 10)

    async def memberships(self, numbers):
        return [self._shown for _ in numbers]


def platform(owned, role=Role.SERVICE, channels=None, shown=None):
    visibility = Visibility(role=role, brand=BRAND, channels=channels)
    spec = ConnectorSpec(name="tills", system="tills")
    tills = Connection(spec, Tills(shown))
    estate = SimpleNamespace(
        brand=BRAND,
        answering=dict.fromkeys(Capability, ()).get,
        channel=lambda code: code,
        route=lambda *_: tills,
    )
    caller = Caller(subject="ada", visibility=visibility)
    budgets = {"attempts": Guessing(), "look_ups": Guessing()}
    return CallersPlatform(owned, caller, Request(estate, visibility), **budgets)


async def one_id_of(owned, number):
    (row,) = await owned.store.rows(
        text("SELECT one_id FROM membership_links WHERE number = :number"), {"number": number}
    )
    return row.one_id


async def test_who_is_bound_to_channels_neither_compares_nor_joins_people_of_others(owned):
    lin, other = await one_id_of(owned, "7"), await one_id_of(owned, "8")
    bound = platform(owned, channels=frozenset({"shop"})).identity
    for asked in (
        bound.merge_preview([lin, other]),
        bound.unmerge_preview("a"),
        bound.candidates(CandidateState.OPEN, None, 10, None),
        bound.merge([lin, other], [], {}, "a ticket", "k1"),
        bound.unmerge("a", "a ticket", "k2"),
        bound.split([MembershipKey("store", "7")], "a ticket", "k3"),
    ):
        with pytest.raises(Forbidden):
            await asked
    assert await one_id_of(owned, "8") == other


async def test_who_is_bound_to_channels_erases_nobody(owned):
    lin = await one_id_of(owned, "7")
    bound = platform(owned, Role.ADMIN, frozenset({"store"})).privacy
    for asked in (bound.erase(lin, "a ticket", "k"), bound.erasures(5)):
        with pytest.raises(Forbidden):
            await asked
    assert await one_id_of(owned, "7") == lin


async def test_no_reason_keeps_a_phone(owned):
    lin, other = await one_id_of(owned, "7"), await one_id_of(owned, "8")
    done = await platform(owned).identity.merge([lin, other], [], {}, WITH_A_PHONE, "k1")
    await platform(owned, Role.ADMIN).privacy.erase(done.one_id, WITH_A_PHONE, "k2")
    trail = await Audit(owned.store, BRAND).page(5)
    assert [(one.action, one.reason) for one in trail] == [
        ("member.erased", "she called from ***"),
        ("member.merged", "she called from ***"),
    ]
    (kept,) = await owned.store.rows(text("SELECT reason FROM erasures"))
    assert LIN not in kept.reason


async def test_a_binding_that_joins_people_stands_in_the_trail(owned):
    lin, found = await one_id_of(owned, "7"), membership("8", NEIGHBOUR)
    she = Member(brand=BRAND, one_id=lin, memberships=(membership("7", LIN),))
    part = platform(owned, Role.GUIDE, shown=found).changing
    done = await part.bind(she, "store", "8", NEIGHBOUR, "k")
    assert await one_id_of(owned, "7") == await one_id_of(owned, "8") == done.one_id
    (entry,) = await Audit(owned.store, BRAND).page(5)
    assert (entry.action, entry.actor, entry.role) == ("member.merged", "ada", "GUIDE")
    assert (entry.about, entry.reason) == (done.one_id, "bindMembership")
