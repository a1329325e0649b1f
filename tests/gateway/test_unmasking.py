"""People in the clear: a reason, a row each, and nothing shown without it."""

import asyncio
from types import SimpleNamespace

import pytest

from capabilities.audit import AuditFilter
from capabilities.caller import Caller, MembershipKey, Role, Visibility
from capabilities.errors import BadInput, StoreUnavailable
from capabilities.member.records import Contact, Identity, IdentityKind, Member, Membership
from capabilities.page import ConnectionArgs
from capabilities.sources import SourceRef
from gateway.platform.access import Access
from store.access.audit import Audit
from store.engine import Store
from tests.migrated import migrated

SOURCE = SourceRef(connector="woo", system="woo", external_id="1")
LIN = Contact(
    name="林小满",
    phone="13912345678",
    email="lin@example.com",
    card_number="C-1",
    phone_verified=True,
    identities=(Identity(IdentityKind.WECHAT_OPENID, "wx1", "o-1"),),
)


def member(one_id="m1", contact=LIN):
    own = Membership(channel="shop", number="1", contact=contact, source=SOURCE)
    return Member(brand="b", one_id=one_id, memberships=(own,))


@pytest.fixture
async def store(tmp_path, postgres):
    database = migrated(postgres, f"unmasking_{tmp_path.name}")
    opened = Store.open(database)
    yield opened
    await opened.aclose()


def access(store, role=Role.SERVICE, subject="ada"):
    own = MembershipKey("shop", "1") if role is Role.CONSUMER else None
    caller = Caller(subject=subject, visibility=Visibility(role=role, brand="b", member=own))
    return Access(SimpleNamespace(store=store, brand="b"), caller)


async def trail(store):
    return await Audit(store, "b").page(100)


async def test_a_look_shows_her_and_leaves_a_row(store):
    shown = await access(store).unmasked(member(), "ticket 7")
    assert (shown.name, shown.phone, shown.email) == ("林小满", "+8613912345678", "lin@example.com")
    (own,) = shown.memberships
    assert (own.card_number, own.identities[0].value) == ("C-1", "o-1")
    assert "139" not in repr(shown) + repr(own) + repr(own.identities)
    (row,) = await trail(store)
    assert (row.action, row.actor, row.role) == ("member.unmasked", "ada", "SERVICE")
    assert (row.about, row.reason) == ("m1", "ticket 7")


@pytest.mark.parametrize("reason", [None, "", "  ", "x "])
async def test_without_a_reason_nothing_is_shown(store, reason):
    with pytest.raises(BadInput) as caught:
        await access(store).unmasked(member(), reason)
    assert caught.value.code == "REASON_REQUIRED"
    assert await trail(store) == []


async def test_a_person_in_a_reason_is_masked(store):
    await access(store).unmasked(member(), "calls from 139 1234 5678, lin@example.com")
    (row,) = await trail(store)
    assert row.reason == "calls from ***, ***"


async def test_many_at_once_are_a_row_each_and_one_person_is_one_look(store):
    asked = access(store)
    people = [member(f"m{at}") for at in (1, 2, 3, 1)]
    await asyncio.gather(*(asked.unmasked(one, "ticket 7") for one in people))
    assert sorted(row.about for row in await trail(store)) == ["m1", "m2", "m3"]
    await asked.unmasked(member("m4"), "ticket 8")
    assert len(await trail(store)) == 4
    await access(store).unmasked(member(), "ticket 7")
    assert len(await trail(store)) == 5


async def test_a_consumer_sees_herself_without_a_reason(store):
    assert (await access(store, Role.CONSUMER).unmasked(member(), None)).phone == "+8613912345678"
    assert await trail(store) == []


async def test_while_the_trail_cannot_be_written_nothing_is_shown(store):
    await store.aclose()
    away = Store.open("postgresql://localhost:1/nowhere", deadline_seconds=0.5)
    with pytest.raises(StoreUnavailable):
        await access(away).unmasked(member(), "ticket 7")
    await away.aclose()


async def test_the_trail_is_walked_in_both_directions(store):
    asked = access(store, Role.ADMIN)
    for at in range(5):
        await access(store, subject=f"s{at % 2}").unmasked(member(f"m{at}"), "ticket 7")

    async def page(filters=AuditFilter(), **args):  # noqa: B008 - frozen
        return await asked.trail(filters, ConnectionArgs(**{"first": None, **args}))

    first = await page(first=2)
    assert [one.number for one in first.nodes] == [5, 4]
    assert first.page_info.has_next_page
    rest = await page(first=5, after=first.page_info.end_cursor)
    assert [one.number for one in rest.nodes] == [3, 2, 1]
    assert not rest.page_info.has_next_page
    back = await page(last=2, before=rest.edges[-1].cursor)
    assert [one.number for one in back.nodes] == [3, 2]
    mine = await page(AuditFilter(actor="s1"), first=9)
    assert [one.number for one in mine.nodes] == [4, 2]
    with pytest.raises(BadInput):
        await page(first=1, after="x")
