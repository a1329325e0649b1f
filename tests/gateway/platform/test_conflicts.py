"""Conflicts as callers meet them: pages of one's own channels, decided once in one's own name."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from capabilities.adoption.history import Decided
from capabilities.adoption.moves import Action
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import AdoptionState, Side
from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import BadInput, Forbidden
from capabilities.estate import Capability
from capabilities.ids import parse_global_id
from capabilities.member.conflicts import (
    ConflictDecided,
    ConflictDeclined,
    ConflictedField,
    ConflictState,
)
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import ConnectionArgs
from gateway.platform.conflicts import ConflictBooks
from store.adoption.standings import Standings
from store.commands import Commands
from store.engine import Store
from store.member.conflicts import Conflicts
from store.member.kept_memberships import KeptMemberships
from store.member.taking import intake_of
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from tests.migrated import migrated
from tests.store.member.taking import KEY, fresh_brand, membership

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
OPEN = (Capability.MEMBER, ConflictState.OPEN)


@pytest.fixture
async def owned(postgres):
    store = Store.open(migrated(postgres, "conflicts_asked"), deadline_seconds=30)
    yield Owned(
        store=store,
        brand=fresh_brand(),
        sealer=Sealer(b"s" * 32),
        key=KEY,
        zone=ZoneInfo("UTC"),
        now=lambda: NOON,
    )
    await store.aclose()


async def stand(owned, channel, state):
    """Who leads the writes of a channel, whatever the evidence."""

    async def decide(_run, _before):
        fresh = Standing(channel=channel, capability=Capability.MEMBER, state=state)
        return fresh, Decided(action=Action.ROUTE, author="ada", reason="test")

    await Standings(owned).move(channel, Capability.MEMBER, decide)


def books(owned, **sees):
    visibility = Visibility(role=Role.OPERATIONS, brand=owned.brand, **sees)
    return ConflictBooks(owned, Caller(subject="ops-1", visibility=visibility))


async def disputed(owned, channel, *numbers, proven=(True, True)):
    """Members whose system has another phone; two were found in one moment.

    `proven` says whether she proved ours, and theirs.
    """
    keys, intake = DataKeys(owned.brand, owned.sealer), intake_of(owned)
    conflicts = Conflicts(owned, keys)

    async def work(run):
        for place, number in enumerate(numbers):
            ours = membership(channel, number, phone=f"1390000{number}", verified=proven[0])
            await intake.take(run, [ours], at=NOON)
            theirs = membership(channel, number, phone=f"1380000{number}", verified=proven[1])
            at = NOON + timedelta(minutes=place // 2)
            await conflicts.found_in(run, theirs, {"phone"}, at)

    await owned.store.transaction(work)


async def walked(ask, *given, backward=False, size=2):
    """All rows of a list, page by page, in the order of the list."""
    found, cursor = [], None
    while True:
        args = (
            ConnectionArgs(first=None, last=size, before=cursor)
            if backward
            else ConnectionArgs(first=size, after=cursor)
        )
        page = await ask.page(*given, args)
        rows = [edge.node for edge in page.edges]
        found = [*rows, *found] if backward else [*found, *rows]
        info = page.page_info
        more = info.has_previous_page if backward else info.has_next_page
        if not more:
            return page.total_count.value, found
        cursor = info.start_cursor if backward else info.end_cursor


async def test_every_conflict_is_met_once_in_either_direction(owned):
    await disputed(owned, "till", *(f"{n:04}" for n in range(5)))
    ask = books(owned)
    total, forward = await walked(ask, None, *OPEN)
    assert (total, len({one.key for one in forward})) == (5, 5)
    assert [one.found_at for one in forward] == sorted(one.found_at for one in forward)
    assert await walked(ask, None, *OPEN, backward=True) == (5, forward)
    (first, *_) = forward
    assert first.shown_fields == (
        ConflictedField(
            field="phone",
            platform=f"139****{first.number}",
            legacy=f"138****{first.number}",
        ),
    )
    with pytest.raises(BadInput):
        await ask.page(None, *OPEN, ConnectionArgs(after="bm90aGluZw"))


async def test_who_is_bound_to_channels_meets_and_decides_theirs_alone(owned):
    await disputed(owned, "till", "0001")
    await disputed(owned, "shop", "0002")
    bound, free = books(owned, channels=frozenset({"shop"})), books(owned)
    assert [one.channel for one in (await walked(bound, None, *OPEN))[1]] == ["shop"]
    assert await walked(bound, "till", *OPEN) == (0, [])
    assert await walked(free, None, Capability.ORDER, ConflictState.OPEN) == (0, [])
    _, (other,) = await walked(free, "till", *OPEN)
    declined = await bound.decide(other.key, other.revision, Side.LEGACY, "a ticket", "k1")
    assert (type(declined), declined.code) == (ConflictDeclined, "CONFLICT_UNKNOWN")
    assert (await walked(free, "till", *OPEN))[0] == 1
    with pytest.raises(Forbidden):
        await books(owned, stores=frozenset({"S1"})).page(None, *OPEN, ConnectionArgs())


async def shown_again(owned, channel, number, phone):
    """Its system shows a phone once more, an hour later."""
    conflicts = Conflicts(owned, DataKeys(owned.brand, owned.sealer))
    theirs, at = membership(channel, number, phone=phone), NOON + timedelta(hours=1)
    await owned.store.transaction(lambda run: conflicts.found_in(run, theirs, {"phone"}, at))


async def contact_of(owned, channel, number):
    """What the platform knows of a person."""
    kept = KeptMemberships(owned.store, owned.brand, DataKeys(owned.brand, owned.sealer))
    return (await kept.kept_in(owned.store.rows, [(channel, number)]))[channel, number].contact


async def test_what_changed_on_either_side_since_she_looked_is_not_decided(owned):
    await disputed(owned, "till", "0001")
    ask = books(owned)
    _, (seen,) = await walked(ask, "till", *OPEN)
    await shown_again(owned, "till", "0001", "13800000001")
    _, (again,) = await walked(ask, "till", *OPEN)
    assert again.revision == seen.revision, "the same values are the same"
    await shown_again(owned, "till", "0001", "13711110001")
    declined = await ask.decide(seen.key, seen.revision, Side.LEGACY, "she said so", "k1")
    assert (type(declined), declined.code) == (ConflictDeclined, "CONFLICT_CHANGED")
    _, (theirs,) = await walked(ask, "till", *OPEN)
    ours = membership("till", "0001", phone="13922220001")
    await owned.store.transaction(lambda run: intake_of(owned).take(run, [ours], at=NOON))
    declined = await ask.decide(seen.key, theirs.revision, Side.LEGACY, "she said so", "k2")
    assert (type(declined), declined.code) == (ConflictDeclined, "CONFLICT_CHANGED")
    assert (await contact_of(owned, "till", "0001")).phone == "+8613922220001"
    _, (last,) = await walked(ask, "till", *OPEN)
    done = await ask.decide(last.key, last.revision, Side.LEGACY, "she said so", "k3")
    assert isinstance(done, ConflictDecided)


@pytest.mark.parametrize("keep", Side)
@pytest.mark.parametrize("proven", [(True, False), (False, True), (False, False)])
async def test_a_phone_is_as_proven_as_on_the_side_that_is_kept(owned, keep, proven):
    await stand(owned, "till", AdoptionState.MIDDLE_OWNED)
    await disputed(owned, "till", "0001", proven=proven)
    ask = books(owned)
    _, (one,) = await walked(ask, "till", *OPEN)
    await ask.decide(one.key, one.revision, keep, "she said so", "k1")
    platform = keep is Side.PLATFORM
    contact = await contact_of(owned, "till", "0001")
    kept = "+8613900000001" if platform else "+8613800000001"
    assert (contact.phone, contact.phone_verified) == (kept, proven[0 if platform else 1])
    commands = Commands(owned.store, owned.brand, DataKeys(owned.brand, owned.sealer))
    (told,) = await commands.claim(owned.now(), 60, 5)
    assert told.write.person.phone_verified is contact.phone_verified


async def test_a_decision_is_made_once_and_stands_in_the_trail_with_its_reason(owned):
    await disputed(owned, "till", "0007")
    ask = books(owned)
    _, (one,) = await walked(ask, "till", *OPEN)
    assert parse_global_id(one.id).type_name == "AdoptionConflict"
    why = "she called from 13900001234"
    done = await ask.decide(one.key, one.revision, Side.LEGACY, why, "k1")
    assert done == ConflictDecided(brand=owned.brand, key=one.key, state=ConflictState.LEGACY_TAKEN)
    assert await ask.decide(one.key, one.revision, Side.LEGACY, why, "k1") == done
    again = await ask.decide(one.key, one.revision, Side.PLATFORM, why, "k1")
    assert isinstance(again, IdempotencyKeyReused)
    assert isinstance(
        await ask.decide(one.key, one.revision, Side.LEGACY, why, "k2"), ConflictDeclined
    )
    taken = (Capability.MEMBER, ConflictState.LEGACY_TAKEN)
    _, (decided,) = await walked(ask, "till", *taken)
    assert (decided.decided_by, decided.reason) == ("ops-1", "she called from ***")
    assert decided.theirs == {"phone": None}, "what the other side had is forgotten"
    told = await owned.store.rows(
        text(
            "SELECT actor, role, reason, about FROM audit_entries WHERE brand = :brand"
            " AND action = 'member.conflict'"
        ),
        {"brand": owned.brand},
    )
    assert [row[:3] for row in told] == [("ops-1", "OPERATIONS", "she called from ***")]
    assert told[0].about
