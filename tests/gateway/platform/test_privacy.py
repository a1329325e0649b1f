"""Consents and erasures as a caller meets them, over a real store."""

import secrets
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from cache import LISTS
from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import BadInput
from capabilities.estate import Capability
from capabilities.member.consent import (
    ConsentAnswer,
    ConsentMedium,
    ConsentPurpose,
    ConsentStatus,
)
from capabilities.member.erasure import ErasureState
from capabilities.member.person import phone_identity
from capabilities.member.records import Contact, Identity, IdentityKind, Membership
from capabilities.member.writing import PersonFields
from capabilities.sources import SourceRef
from gateway.federation.asking import Request
from gateway.federation.erased import Erased
from gateway.platform.own_records import LetIn, let_in
from gateway.platform.owned import CallersPlatform
from gateway.platform.privacy import drop_all_kept
from store.engine import Store
from store.member.taking import intake_of
from store.owned import Owned
from store.privacy.consents import Consents
from store.privacy.tombstones import Grave, Tombstones
from store.sealing import Sealer
from store.versions import Versions
from tests.migrated import migrated

BRAND, KEY = "baiwei", b"h" * 32
NOON = datetime(2026, 10, 31, 4, tzinfo=UTC)
PHONE = "13912345678"


def membership(channel, number, phone=None, connector="tills"):
    contact = Contact(name="林小满", phone=phone, phone_verified=phone is not None)
    source = SourceRef(connector=connector, system="s", external_id=number)
    return Membership(channel=channel, number=number, contact=contact, source=source)


@pytest.fixture
async def owned(postgres):
    made = migrated(postgres, f"privacy_{secrets.token_hex(4)}")
    store = Store.open(made, deadline_seconds=10)
    owned = Owned(
        store=store,
        brand=BRAND,
        sealer=Sealer(b"v" * 32),
        key=KEY,
        zone=ZoneInfo("Asia/Shanghai"),
        now=lambda: NOON,
    )
    await taken(owned, membership("store", "7", PHONE), membership("store", "8"))
    yield owned
    await store.aclose()


async def taken(owned, *memberships):
    intake = intake_of(owned)
    await owned.store.transaction(lambda run: intake.take(run, memberships, at=NOON))


class Kept:
    """A cache that notes what was dropped."""

    def __init__(self, *, told=True):
        self.told = told
        self.tags = []

    async def drop(self, tags):
        self.tags += tags
        return self.told


def privacy(owned, cache=None, role=Role.ADMIN):
    visibility = Visibility(role=role, brand=BRAND)
    tills = SimpleNamespace(name="tills", connector=None)
    answering = {one: [(tills, ("store", "outlet"))] for one in Capability}
    estate = SimpleNamespace(brand=BRAND, answering=answering.get)
    request = Request(estate, visibility, cache=cache)
    return CallersPlatform(owned, Caller(subject="ada", visibility=visibility), request).privacy


async def one_id_of(owned, number):
    (row,) = await owned.store.rows(
        text("SELECT one_id FROM membership_links WHERE number = :number"), {"number": number}
    )
    return row.one_id


def answer(one_id, status=ConsentStatus.GRANTED, source="store:0017"):
    return ConsentAnswer(
        one_id=one_id,
        membership=None,
        purpose=ConsentPurpose.MARKETING,
        medium=ConsentMedium.SMS,
        status=status,
        text_version="v1" if status is ConsentStatus.GRANTED else None,
        source=source,
    )


async def test_what_she_allows_is_what_she_said_last(owned):
    lin, part = await one_id_of(owned, "7"), privacy(owned)
    words = (ConsentPurpose.MARKETING, "v1", "May we?")
    await Consents(owned.store, BRAND).add_text(*words, by="ops", at=NOON)
    assert (await part.set_consent(answer(lin), "k1")).allowed
    assert await part.set_consent(answer(lin), "k1") == await part.set_consent(answer(lin), "k1")
    (shown,) = await part.consents(lin)
    assert (shown.status, shown.text_version, shown.source, shown.at) == (
        ConsentStatus.GRANTED,
        "v1",
        "store:0017",
        NOON,
    )
    assert not (await part.set_consent(answer(lin, ConsentStatus.REVOKED), "k2")).allowed
    (shown,) = await privacy(owned).consents(lin)
    assert shown.status is ConsentStatus.REVOKED
    assert await privacy(owned).consents(await one_id_of(owned, "8")) == []


@pytest.mark.parametrize("source", ["+86 139 1234 5678", "13912345678", "林小满", "", "a" * 90])
async def test_a_source_is_a_word_and_nothing_personal(owned, source):
    with pytest.raises(BadInput):
        await privacy(owned).set_consent(answer("lin", source=source), "k")


async def test_an_erasure_drops_what_is_kept_close_and_names_who_knows_her(owned):
    lin, cache = await one_id_of(owned, "7"), Kept()
    done = await privacy(owned, cache).erase(lin, "ticket 12", "k")
    assert {(one.capability, one.key) for one in cache.tags} == {
        (capability, key) for capability in Capability for key in ("7", LISTS)
    }
    (kept,) = await privacy(owned).erasures(5)
    assert (kept.id, kept.one_id, kept.author) == (done.id, lin, "ada")
    states = {one.place: one.state for one in kept.places}
    assert states["platform:cache"] is ErasureState.DONE
    assert states["tills/store/7"] is ErasureState.UNSUPPORTED


async def test_while_the_cache_is_away_it_is_said(owned):
    await privacy(owned, Kept(told=False)).erase(await one_id_of(owned, "7"), "ticket 12", "k")
    (kept,) = await privacy(owned).erasures(5)
    states = {one.place: one.state for one in kept.places}
    assert states["platform:cache"] is ErasureState.SENT


@pytest.mark.parametrize(
    ("shown", "hidden"),
    [
        (Contact(email="Lin@Example.test", email_verified=True), True),
        (Contact(email="lin@example.test"), False),
        (Contact(card_number="BW7"), True),
        (Contact(identities=(Identity(IdentityKind.WECHAT_UNIONID, "open", "u-7"),)), True),
        (Contact(identities=(Identity(IdentityKind.WECHAT_OPENID, "app", "o-7"),)), True),
        (Contact(identities=(Identity(IdentityKind.WECHAT_OPENID, "other", "o-7"),)), False),
        (Contact(identities=(Identity(IdentityKind.DEVICE, "", "d-7"),)), False),
        (Contact(email="wang@example.test", email_verified=True), False),
    ],
)
async def test_she_is_hidden_by_whatever_names_her_alone(owned, shown, hidden):
    her = replace(
        membership("store", "7"),
        contact=Contact(
            email="lin@example.test",
            email_verified=True,
            card_number="BW7",
            identities=(
                Identity(IdentityKind.WECHAT_UNIONID, "open", "u-7"),
                Identity(IdentityKind.WECHAT_OPENID, "app", "o-7"),
                Identity(IdentityKind.DEVICE, "", "d-7"),
            ),
        ),
        programme="club",
    )
    await taken(owned, her)
    await privacy(owned).erase(await one_id_of(owned, "7"), "ticket 12", "k")
    versions = Versions(owned.store, BRAND)
    erased = Erased(owned.store, Tombstones.under(BRAND, KEY), versions.erasures)
    await versions.refresh()
    await erased.refresh()
    other = replace(membership("office", "1", connector="sap"), contact=shown, programme="club")
    assert erased.hides(other) is hidden


async def test_who_registered_anew_has_another_id_also_where_the_store_is_not_asked(owned):
    person = PersonFields(phone=PHONE, phone_verified=True)
    versions, one = Versions(owned.store, BRAND), phone_identity(f"+86{PHONE}")
    erased = Erased(owned.store, Tombstones.under(BRAND, KEY), versions.erasures)
    first = await owned.store.transaction(lambda run: let_in(run, owned, person, NOON))
    assert first == LetIn(0, lifted=False)
    stones = Tombstones.under(BRAND, KEY)
    grave = Grave("identity", stones.identity(one.kind.value, one.scope, one.value))
    for times in (1, 2):
        await owned.store.transaction(lambda run: stones.add(run, [grave], NOON))
        await versions.refresh()
        await erased.refresh()
        assert erased.generation(one) == times - 1
        again = await owned.store.transaction(lambda run: let_in(run, owned, person, NOON))
        assert again == LetIn(times, lifted=True)
        await versions.refresh()
        await erased.refresh()
        assert erased.generation(one) == times
    assert erased.generation(phone_identity("+8613700000000")) == 0


async def test_what_systems_still_say_of_her_is_hidden_in_every_process(owned):
    versions = Versions(owned.store, BRAND)
    erased = Erased(owned.store, Tombstones.under(BRAND, KEY), versions.erasures)
    hers = [
        membership("store", "7"),
        membership("outlet", "7"),  # the same number of the same system, in its other channel
        membership("office", "1", PHONE, connector="sap"),
    ]
    others = [membership("store", "8"), membership("store", "9", "13800138000")]
    await versions.refresh()
    await erased.refresh()
    assert not any(map(erased.hides, [*hers, *others]))
    await privacy(owned).erase(await one_id_of(owned, "7"), "ticket 12", "k")
    await versions.refresh()
    await erased.refresh()
    assert [erased.hides(one) for one in hers] == [True, True, True]
    assert [erased.hides(one) for one in others] == [False, False]


async def test_what_a_command_erased_is_dropped_by_the_gateways(owned):
    await privacy(owned).erase(await one_id_of(owned, "7"), "ticket 12", "k")
    cache = Kept()
    await drop_all_kept(owned, cache)
    assert {one.key for one in cache.tags} == {"7", LISTS}
    again = Kept()
    await drop_all_kept(owned, again)
    assert again.tags == []
