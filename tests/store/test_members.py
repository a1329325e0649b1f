import asyncio
import base64
from datetime import UTC, datetime

import psycopg
import pytest
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.member.person import derive_one_id, keyed_hash, phone_identity
from capabilities.member.records import Identity, IdentityKind
from store.members import KnownPerson, MemberIdentities, SeenIdentity
from store.metadata import METADATA
from store.sealing import Sealer

_HASH_KEY = b"h" * 32
_PHONE = phone_identity("+8613912345678")
_CARD = Identity(IdentityKind.CARD_NO, "store", "BW88880001")


@pytest.fixture
def members(store):
    return MemberIdentities(store, Sealer(b"s" * 32))


async def identities(members, one_id):
    (person,) = await members.people("baiwei", [one_id])
    return list(person.identities)


async def links(members, one_id):
    (person,) = await members.people("baiwei", [one_id])
    return list(person.links)


def _hash(identity):
    return keyed_hash(_HASH_KEY, identity.kind.value, identity.scope, identity.value)


def _seen(identity, *, verified=True):
    return SeenIdentity(identity=identity, hash=_hash(identity), source="sap", verified=verified)


def _asked(identity):
    return identity.kind, identity.scope, _hash(identity)


def _person(one_id, *identities, numbers=()):
    keys = tuple(MembershipKey("store", number) for number in numbers)
    return KnownPerson(one_id=one_id, identities=tuple(map(_seen, identities)), memberships=keys)


async def test_a_person_is_found_by_any_of_her_identities(members):
    await members.remember("baiwei", [_person("lin", _PHONE, _CARD, numbers=["7", "12"])])
    other_scope = Identity(_CARD.kind, "club", _CARD.value)
    asked = [_asked(_CARD), _asked(other_scope), _asked(_PHONE), _asked(_CARD)]
    assert await members.one_ids("baiwei", asked) == ["lin", None, "lin", "lin"]
    assert await members.one_ids("other", asked) == [None] * 4
    assert await identities(members, "lin") == [_CARD, _PHONE]
    assert await links(members, "lin") == [
        MembershipKey("store", "12"),
        MembershipKey("store", "7"),
    ]
    assert await links(members, "nobody") == []
    both = await members.people("baiwei", ["nobody", "lin"])
    assert [len(one.identities) for one in both] == [0, 2]
    assert await members.people("baiwei", []) == []


async def test_nothing_asked_or_told_makes_no_statement(members, monkeypatch):
    monkeypatch.setattr(members, "_store", None)
    assert await members.one_ids("baiwei", []) == []
    await members.remember("baiwei", [])


async def test_remembering_again_changes_no_row(members, database):
    entries = [_person("lin", _PHONE, _CARD, numbers=["7"]), _person("alone")]
    await members.remember("baiwei", entries)
    before = _contents(database)
    await members.remember("baiwei", entries)
    assert _contents(database) == before
    assert "alone" in before


async def test_an_identity_and_a_membership_stay_with_their_owner(members):
    await members.remember("baiwei", [_person("lin", _PHONE, numbers=["7"])])
    await members.remember("baiwei", [_person("wang", _PHONE, _CARD, numbers=["7", "8"])])
    assert await members.one_ids("baiwei", [_asked(_PHONE), _asked(_CARD)]) == ["lin", "wang"]
    assert await links(members, "lin") == [MembershipKey("store", "7")]
    assert await links(members, "wang") == [MembershipKey("store", "8")]


async def test_an_identity_that_is_verified_later_becomes_so_and_stays(members, store):
    for verified in (False, True, False):
        seen = _seen(_PHONE, verified=verified)
        await members.remember("baiwei", [KnownPerson(one_id="lin", identities=(seen,))])
    assert (await store.rows(text("SELECT verified FROM member_identities")))[0][0] is True


async def test_another_person_verifies_nothing_of_the_owner(members, store):
    mine = KnownPerson(one_id="lin", identities=(_seen(_PHONE, verified=False),))
    await members.remember("baiwei", [mine])
    await members.remember("baiwei", [_person("wang", _PHONE)])
    assert (await store.rows(text("SELECT verified FROM member_identities")))[0][0] is False


async def test_a_sighting_is_written_again_after_an_hour(members, store):
    last_seen = text("SELECT last_seen, first_seen FROM member_identities")
    await members.remember("baiwei", [_person("lin", _PHONE)])
    await store.rows(
        text("UPDATE member_identities SET last_seen = :then, first_seen = :then"),
        {"then": datetime(2026, 1, 1, tzinfo=UTC)},
    )
    await members.remember("baiwei", [_person("lin", _PHONE)])
    ((last, first),) = await store.rows(last_seen)
    assert last > first == datetime(2026, 1, 1, tzinfo=UTC)


async def test_an_old_id_answers_as_its_survivor_for_ever(members, store):
    await members.remember("baiwei", [_person("old", _PHONE, numbers=["7"])])
    await store.rows(text("INSERT INTO member_aliases VALUES ('baiwei', 'old', 'new')"))
    assert await members.one_ids("baiwei", [_asked(_PHONE)]) == ["new"]
    await members.remember("baiwei", [_person("old", _CARD, numbers=["8"])])
    assert await members.one_ids("baiwei", [_asked(_CARD)]) == ["new"]
    assert await links(members, "old") == [MembershipKey("store", "8")]
    assert await identities(members, "old") == [_CARD]


async def test_many_at_once_leave_one_person_each(members, store):
    people = []
    for number in range(40):
        phone = phone_identity(f"+86139{number:08d}")
        one_id = derive_one_id(_HASH_KEY, "baiwei", phone)
        card = Identity(IdentityKind.CARD_NO, "store", f"BW{number:08d}")
        people.append(_person(one_id, phone, card, numbers=[str(number)]))
    await asyncio.gather(
        *(members.remember("baiwei", people[shift:] + people[:shift]) for shift in range(0, 40, 2))
    )
    for table, rows in (("members", 40), ("member_identities", 80), ("membership_links", 40)):
        assert (await store.rows(text(f"SELECT count(*) FROM {table}")))[0][0] == rows  # noqa: S608


def _contents(database):
    """Every row of every table as text; bytes also as they are and in base64."""
    told = []
    with psycopg.connect(database) as connection:
        for table in sorted(METADATA.tables):
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2"):  # noqa: S608
                for cell in row:
                    told.append(str(cell))
                    if isinstance(cell, bytes):
                        told += [
                            cell.decode("latin-1"),
                            cell.hex(),
                            base64.b64encode(cell).decode(),
                        ]
    return "\n".join(told)


async def test_no_plain_value_stands_in_any_column(members, database, store):
    mail = Identity(IdentityKind.EMAIL, "", "lin.xiaoman@example.com")
    await members.remember("baiwei", [_person("lin", _PHONE, _CARD, mail)])
    plain = [part for one in (_PHONE, _CARD, mail) for part in (one.value, one.value[3:])]
    forms = [form for one in plain for form in (one, one.encode().hex(), _base64(one))]
    found = _contents(database)
    assert [form for form in forms if form in found] == []
    # and the search would see one
    await store.rows(
        text("UPDATE member_identities SET sealed_value = :value"), {"value": mail.value.encode()}
    )
    assert any(form in _contents(database) for form in forms)


def _base64(value):
    return base64.b64encode(value.encode()).decode().rstrip("=")
