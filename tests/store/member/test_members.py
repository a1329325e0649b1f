"""People are found by a membership, by any id they ever had, and by what names them alone."""

import pytest

from capabilities.caller import MembershipKey
from capabilities.member.person import identity_hash, phone_identity
from capabilities.member.records import IdentityKind, MemberStatus
from store.member.members import Members
from store.member.merge_records import Author
from store.member.merging import Merging
from store.member.shown_identities import ShownIdentities
from store.privacy.data_keys import DataKeys, owner_of_membership
from store.sealing import Sealer
from tests.store.member.taking import BRAND, KEY, START, Desk, membership

LIN, WANG = "13912345678", "13712345678"
POS, WOO, SAP = MembershipKey("pos", "1"), MembershipKey("woo", "2"), MembershipKey("sap", "3")


@pytest.fixture
async def desk(store):
    desk = Desk(store)
    await desk.take(
        membership("pos", "1", phone=LIN, card="BW77770001", programme="club"),
        membership("woo", "2", phone=LIN),
        membership("sap", "3", phone=WANG),
    )
    return desk


@pytest.fixture
def members(store):
    return Members(store, BRAND)


def named(phone):
    return identity_hash(KEY, BRAND, phone_identity(f"+86{phone}"))


async def test_a_person_is_found_by_any_of_her_memberships(desk, members):
    lin, nobody, again, wang = await members.by_membership(
        [POS, MembershipKey("pos", "9"), WOO, SAP]
    )
    assert lin == again
    assert nobody is None
    assert (lin.links, wang.links) == ((POS, WOO), (SAP,))
    assert (lin.status, lin.version, lin.aliases) == (MemberStatus.ACTIVE, 1, ())
    assert await members.by_membership([]) == []
    assert await Members(desk.store, "other").by_membership([POS]) == [None]


async def test_what_several_people_show_names_nobody(desk, members):
    assert [one and one.links for one in await members.by_identity([named(LIN), b"nothing"])] == [
        (POS, WOO),
        None,
    ]
    await desk.take(membership("sap", "4", phone=LIN, union="u1"))
    await desk.take(membership("sap", "5", phone=LIN, union="u2"))
    assert await members.by_identity([named(LIN)]) == [None]


async def test_every_id_that_a_person_ever_had_leads_to_her(desk, members):
    lin, wang = await members.by_membership([POS, SAP])
    merging = Merging(desk.intake.people, desk.intake.rules)
    author = Author("desk", "same", START)
    done = await desk.store.transaction(
        lambda run: merging.merge(run, [lin.one_id, wang.one_id], author)
    )
    own = desk.intake.people.own_id(("sap", "3"))
    found = await members.by_one_id([lin.one_id, wang.one_id, own, "nobody"])
    assert [one and one.one_id for one in found] == [done.one_id] * 3 + [None]
    assert found[0].aliases == done.merged
    assert found[0].links == (POS, SAP, WOO)


async def test_identities_are_shown_masked_once_and_only_while_their_key_stands(desk, store):
    keys = DataKeys(BRAND, Sealer(b"s" * 32))
    shown = ShownIdentities(store, BRAND, keys)
    lin = (await Members(store, BRAND).by_membership([POS]))[0].one_id
    (own,) = await shown.of_people([lin])
    assert [(one.kind, one.value_masked, one.verified) for one in own] == [
        (IdentityKind.CARD_NO, "BW***01", True),
        (IdentityKind.PHONE, "139****5678", True),
    ]
    assert own[0].first_seen == own[0].last_seen == desk.at
    assert LIN not in repr(own)
    await keys.delete(store.rows, [owner_of_membership("pos", "1")])
    (own,) = await shown.of_people([lin])
    assert [one.kind for one in own] == [IdentityKind.PHONE]
    assert await shown.of_people(["nobody"]) == [()]
