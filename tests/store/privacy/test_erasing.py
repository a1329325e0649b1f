from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from capabilities.member.commands import Ordered
from capabilities.member.consent import (
    ConsentAnswer,
    ConsentMedium,
    ConsentPurpose,
    ConsentStatus,
)
from capabilities.member.erasure import (
    EraseDeclined,
    EraseWish,
    Erasure,
    ErasureState,
    Knower,
)
from capabilities.member.writing import PersonFields, WriteKind
from capabilities.operations import IdempotencyKeyReused
from store.commands import Commands, order
from store.member.pending import PendingRegistrations
from store.privacy.consents import Consents
from store.privacy.data_keys import DataKeys, owner_of_membership, owner_of_person
from store.privacy.erasing import Erasing
from store.privacy.erasures import Erasures
from store.sealing import Sealer
from tests.store.member.taking import BRAND, Desk, membership

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
PHONE = "13912345678"
KNOWERS = (
    Knower(connector="tills", channels=frozenset({"store"})),
    Knower(connector="woo", channels=frozenset({"shop"}), erases=frozenset({"shop"})),
    Knower(connector="sap", channels=frozenset({"office"})),
)


@pytest.fixture
async def desk(store):
    """Lin with a card and a shop account, Chen at another till."""
    opened = Desk(store)
    await opened.take(
        membership("store", "7", phone=PHONE, card="BW7"),
        membership("shop", "c7", phone=PHONE),
        membership("store", "8", phone="13800138000"),
    )
    return opened


@pytest.fixture
def erasing(store, desk):
    return Erasing(store, DataKeys(BRAND, Sealer(b"s" * 32)), desk.tombstones)


async def person(desk, *key):
    return next(one_id for one_id, keys in (await desk.people()).items() if key in keys)


async def erase(erasing, one_id, key="k"):
    wish = EraseWish(one_id=one_id, reason="ticket 12", knowers=KNOWERS)
    return await erasing.erase(wish, author="ada", idempotency_key=key, now=NOW)


async def test_an_erased_person_leaves_her_pseudonym_and_no_row(desk, erasing, store):
    lin, chen = await person(desk, "store", "7"), await person(desk, "store", "8")
    done = await erase(erasing, lin)
    assert isinstance(done, Erasure)
    assert (done.one_id, done.author, done.reason, done.erased_at) == (lin, "ada", "ticket 12", NOW)
    assert await desk.people() == {chen: (("store", "8"),)}
    kept = "SELECT number FROM identity_claims UNION SELECT number FROM membership_records"
    assert {row.number for row in await desk.rows(kept)} == {"8"}
    owners = await desk.rows("SELECT owner FROM data_keys")
    assert [row.owner for row in owners] == [owner_of_membership("store", "8")]
    members = await desk.rows("SELECT one_id, status FROM members")
    assert {row.one_id: row.status for row in members} == {lin: "ERASED", chen: "ACTIVE"}
    assert lin in await desk.changes()
    versions = await desk.rows("SELECT part FROM state_versions")
    assert {"members", "erasures"} <= {row.part for row in versions}


async def test_she_does_not_come_back_with_what_systems_bring_again(desk, erasing):
    lin = await person(desk, "store", "7")
    await erase(erasing, lin)
    again = await desk.take(
        membership("store", "7"),  # the nightly sync, without what she was known by
        membership("office", "1", phone=PHONE),  # a system that was late
        membership("office", "2", card="BW7", programme="store"),
        membership("store", "9", phone="13700137000"),
    )
    assert (again.erased, again.new) == (3, 1)
    assert set(await desk.people()) == {
        await person(desk, "store", "8"),
        await person(desk, "store", "9"),
    }


async def test_a_phone_that_others_show_buries_nobody_else(desk, erasing):
    shared = "13600136000"
    await desk.take(
        *(membership("store", f"s{number}", phone=shared) for number in range(10)),
        membership("store", "7", phone=shared, card="BW7"),
    )
    await erase(erasing, await person(desk, "store", "7"))
    again = await desk.take(membership("store", "s11", phone=shared))
    assert (again.erased, again.new) == (0, 1)


async def test_who_registers_anew_is_somebody_else(desk, erasing, store):
    lin = await person(desk, "store", "7")
    await erase(erasing, lin)
    stones = desk.tombstones
    hashes = [stones.membership("app", "1"), stones.identity("PHONE", "+86", f"+86{PHONE}")]
    assert await stones.lift(store.rows, hashes, NOW) == 1
    assert (await desk.take(membership("app", "1", phone=PHONE))).new == 1
    assert await person(desk, "app", "1") != lin
    assert (await desk.take(membership("store", "7", phone=PHONE))).erased == 1


async def test_every_place_that_knows_her_is_told_or_listed_for_its_owner(desk, erasing):
    done = await erase(erasing, await person(desk, "store", "7"))
    assert {one.place: one.state for one in done.places} == {
        "platform:copy": ErasureState.QUEUED,
        "platform:cache": ErasureState.QUEUED,
        "platform:files": ErasureState.QUEUED,
        "tills/store/7": ErasureState.UNSUPPORTED,
        "woo/shop/c7": ErasureState.QUEUED,
    }


async def test_a_system_that_takes_the_command_is_asked_and_its_state_shown(desk, erasing, store):
    done = await erase(erasing, await person(desk, "store", "7"))
    (told,) = await desk.rows("SELECT * FROM member_commands WHERE brand = :brand")
    assert (told.connector, told.channel, told.number, told.kind) == ("woo", "shop", "c7", "ERASE")
    assert told.sealed_person is None
    for state, shown in (("UNKNOWN", "SENT"), ("DEAD", "FAILED"), ("DONE", "DONE")):
        await store.rows(text("UPDATE member_commands SET state = :state"), {"state": state})
        (kept,) = await Erasures(store, BRAND).newest(1)
        assert {one.place: one.state.value for one in kept.places}["woo/shop/c7"] == shown
    assert kept.id == done.id


async def test_nothing_that_she_allowed_is_allowed_any_more(desk, erasing, store):
    lin, consents = await person(desk, "store", "7"), Consents(store, BRAND)
    await consents.add_text(ConsentPurpose.MARKETING, "v1", "May we?", by="ops", at=NOW)
    answer = ConsentAnswer(
        one_id=lin,
        membership=None,
        purpose=ConsentPurpose.MARKETING,
        medium=ConsentMedium.SMS,
        status=ConsentStatus.GRANTED,
        text_version="v1",
        source="web",
        at=NOW,
    )
    await consents.record(answer, author="ops", idempotency_key="k", now=NOW)
    asked = ([lin], ConsentPurpose.MARKETING, ConsentMedium.SMS, NOW)
    assert await consents.allowed(*asked) == [True]
    await erase(erasing, lin)
    assert await consents.allowed(*asked) == [False]


async def test_an_erasure_is_done_once_and_only_to_somebody(desk, erasing):
    lin = await person(desk, "store", "7")
    done = await erase(erasing, lin)
    assert await erase(erasing, lin) == done
    assert isinstance(await erase(erasing, lin, key="other"), EraseDeclined)
    assert isinstance(await erase(erasing, "nobody", key="third"), EraseDeclined)
    chen = await person(desk, "store", "8")
    assert isinstance(await erase(erasing, chen), IdempotencyKeyReused)


async def test_the_trail_says_who_erased_whom_and_why(desk, erasing):
    lin = await person(desk, "store", "7")
    await erase(erasing, lin)
    (entry,) = await desk.rows("SELECT * FROM audit_entries WHERE brand = :brand")
    told = (entry.action, entry.actor, entry.about, entry.reason)
    assert told == ("member.erased", "ada", lin, "ticket 12")


async def test_an_old_id_erases_the_person_that_it_leads_to(desk, erasing, store):
    lin = await person(desk, "store", "7")
    await store.rows(
        text("INSERT INTO member_aliases VALUES (:brand, 'before', :one_id)"),
        {"brand": BRAND, "one_id": lin},
    )
    done = await erase(erasing, "before")
    assert isinstance(done, Erasure)
    assert done.one_id == lin
    assert set(await desk.people()) == {await person(desk, "store", "8")}


PERSON = PersonFields(phone=PHONE, phone_verified=True, family_name="林")


async def ordered(desk, kind, one_id, *, channel="office", number=None, person=PERSON):
    """A command of a channel, in its queue; its id."""
    wish = Ordered(
        connector="sap",
        channel=channel,
        kind=kind,
        one_id=one_id,
        number=number,
        person=person,
        author="ada",
    )
    keys = DataKeys(BRAND, Sealer(b"s" * 32))
    return await desk.store.transaction(lambda run: order(run, keys, BRAND, wish, NOW))


async def queued(desk):
    rows = await desk.rows("SELECT * FROM member_commands WHERE brand = :brand AND kind <> 'ERASE'")
    return {row.id: (row.state, row.reason, row.sealed_person is None) for row in rows}


GONE, WAITS = ("DISCARDED", "ERASED", True), ("QUEUED", None, False)


async def test_what_is_on_its_way_of_her_is_told_to_nobody_under_whatever_id(desk, erasing):
    lin, chen = await person(desk, "store", "7"), await person(desk, "store", "8")
    unproven = PersonFields(phone=f"+86 {PHONE}")
    hers = [
        await ordered(desk, WriteKind.REGISTER, "derived"),
        await ordered(desk, WriteKind.REGISTER, "by-reference", person=unproven),
        await ordered(desk, WriteKind.UPDATE, "before", channel="shop", number="c7"),
        await ordered(desk, WriteKind.UPDATE, lin, channel="store", number="7"),
    ]
    others = [
        await ordered(desk, WriteKind.REGISTER, "x", person=PersonFields(phone="13700137000")),
        await ordered(desk, WriteKind.UPDATE, chen, channel="store", number="8"),
    ]
    done = await erase(erasing, lin)
    assert await queued(desk) == {**dict.fromkeys(hers, GONE), **dict.fromkeys(others, WAITS)}
    owners = {row.owner for row in await desk.rows("SELECT owner FROM data_keys")}
    assert not owners & {owner_of_person(one) for one in ("derived", "by-reference", lin)}
    assert owner_of_person("x") in owners
    assert not any(one.place.startswith("sap/") for one in done.places)
    pending = PendingRegistrations(desk.store, BRAND, DataKeys(BRAND, Sealer(b"s" * 32)))
    assert await pending.of_people(["derived", "by-reference"]) == [(), ()]


async def test_a_registration_that_may_have_arrived_is_listed_and_takes_nobody_in(desk, erasing):
    lin, keys = await person(desk, "store", "7"), DataKeys(BRAND, Sealer(b"s" * 32))
    command = await ordered(desk, WriteKind.REGISTER, "derived")
    commands = Commands(desk.store, BRAND, keys)
    (claimed,) = await commands.claim(NOW, 60, 10)
    done = await erase(erasing, lin)
    states = {one.place: one.state for one in done.places}
    assert states[f"sap/office/{command}"] is ErasureState.UNSUPPORTED
    run = desk.store.transaction
    assert not await run(lambda run: commands.done(run, claimed, "n1", NOW))
    assert await queued(desk) == {command: GONE}


async def test_who_is_no_more_than_a_registration_is_erased_and_stays_so(desk, erasing):
    phone = "13500135000"
    one = PersonFields(phone=phone, phone_verified=True)
    command = await ordered(desk, WriteKind.REGISTER, "derived", person=one)
    done = await erase(erasing, "derived")
    assert isinstance(done, Erasure)
    assert await queued(desk) == {command: GONE}
    assert (await desk.take(membership("office", "n1", phone=phone))).erased == 1
    members = await desk.rows("SELECT status FROM members WHERE one_id = 'derived'")
    assert [row.status for row in members] == ["ERASED"]
    assert isinstance(await erase(erasing, "derived", key="again"), EraseDeclined)


async def test_a_phone_that_others_show_takes_no_registration_of_theirs(desk, erasing):
    shared = "13600136000"
    await desk.take(
        *(membership("store", f"s{number}", phone=shared) for number in range(10)),
        membership("store", "7", phone=shared, card="BW7"),
    )
    theirs = await ordered(desk, WriteKind.REGISTER, "x", person=PersonFields(phone=shared))
    await erase(erasing, await person(desk, "store", "7"))
    assert await queued(desk) == {theirs: WAITS}
