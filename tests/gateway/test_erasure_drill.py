"""The drill: erased, synced again, sent again, merged, restored from yesterday: still gone.

The search finds her in every store before she is erased, or it would prove nothing.
"""

import asyncio
import base64
import json
import secrets
import subprocess
from datetime import UTC, datetime
from hashlib import md5, sha1, sha256
from urllib.parse import quote

import msgspec
import pytest
from sqlalchemy import text

from capabilities.copied import CopiedBatch, CopiedRow
from capabilities.member.commands import Ordered
from capabilities.member.erasure import EraseWish, Erasure, ErasureState, Knower
from capabilities.member.records import Contact, Membership
from capabilities.member.writing import PersonFields, WriteKind
from capabilities.sources import SourceRef
from gateway.backup import back_up, restore
from gateway.embedded.binaries import postgres_binary
from gateway.settings import Settings
from store.commands import opened_person, order
from store.copied.copying import open_copied
from store.engine import Store
from store.keyring import keyring_of
from store.member.identities_shown import opened_claims
from store.member.taking import open_intake
from store.owned import owned_by
from store.privacy.data_keys import DataKeys, owner_of_person
from store.privacy.erasing import COPY, Erasing
from store.privacy.erasures import Erasures
from store.privacy.tombstones import Tombstones
from tests.migrated import migrated

BRAND = "baiwei"
SECRET = "s" * 40
PHONE, NAME, EMAIL = "13911112222", "金丝雀", "canary@example.test"
NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)
KNOWERS = (Knower(connector="tills", channels=frozenset({"store", "shop"})),)


def forms(value):
    """A value as it may lie somewhere: plain, spaced, full width, hashed, encoded."""
    raw = value.encode()
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in value)
    spaced = f"{value[:3]} {value[3:7]} {value[7:]}"
    encoded = [base64.b64encode(raw).rstrip(b"=")[:-1], base64.urlsafe_b64encode(raw)[:-3]]
    digests = [one(raw) for one in (md5, sha1, sha256)]
    hexes = [one.hexdigest().encode() for one in digests]
    texts = [value, wide, spaced, quote(value), value.encode("unicode_escape").decode()]
    return {*map(str.encode, texts), value.encode("gb18030"), raw.hex().encode(), *encoded, *hexes}


CANARIES = set().union(*map(forms, (PHONE, f"+86{PHONE}", NAME, EMAIL)))


def hits(content):
    return sorted(one for one in CANARIES if one in content)


def membership(channel, number, phone=None, name=None, email=None):
    contact = Contact(
        name=name,
        phone=phone,
        phone_verified=phone is not None,
        email=email,
        email_verified=email is not None,
    )
    source = SourceRef(connector="tills", system="s", external_id=number)
    return Membership(channel=channel, number=number, contact=contact, source=source)


HERS = (
    membership("store", "7", PHONE, NAME, EMAIL),
    membership("shop", "c7", PHONE, NAME),
)
OTHER = membership("store", "8", "13800138000", "别人")


class World:
    """One brand's store, its keys, and everything that writes to it."""

    def __init__(self, url):
        self.url = url
        self.store = Store.open(url, deadline_seconds=30)
        self.owned = owned_by(self.store, BRAND, keyring_of(SECRET.encode()), "Asia/Shanghai")
        self.keys = DataKeys(BRAND, self.owned.sealer)
        self.stones = Tombstones.under(BRAND, self.owned.key)
        keys = keyring_of(SECRET.encode())
        self.intake = open_intake(BRAND, keys)
        self.copied = open_copied(self.store, BRAND, keys)
        self.erasing = Erasing(self.store, self.keys, self.stones)

    async def sync(self, *memberships):
        return await self.store.transaction(lambda run: self.intake.take(run, memberships, at=NOON))

    async def register(self):
        """A registration that waits for its system, under an id that is not hers by now."""
        wish = Ordered(
            connector="sap",
            channel="office",
            kind=WriteKind.REGISTER,
            one_id="derived",
            person=PersonFields(phone=PHONE, family_name=NAME),
            author="ada",
        )
        await self.store.transaction(lambda run: order(run, self.keys, BRAND, wish, NOON))

    async def push(self, sequence):
        rows = [
            CopiedRow(
                section="memberships",
                key="7",
                body=json.dumps({"phone": PHONE, "name": NAME}),
                mapping="m",
                store="M1",
                identities=(("PHONE", PHONE),),
            ),
            CopiedRow(
                section="orders",
                key=f"o{sequence}",
                body=json.dumps({"buyer": NAME}),
                mapping="m",
                store="M1",
                customer="7",
            ),
            CopiedRow(section="orders", key=f"x{sequence}", body="{}", mapping="m", store="M1"),
        ]
        raw = json.dumps({"phone": PHONE}).encode()
        return await self.copied.accept(
            CopiedBatch(
                connector="tills",
                feeder="m1",
                stream="s",
                sequence=sequence,
                content=f"c{sequence}",
                rows=rows,
                raw=raw,
            )
        )

    async def one_id(self, number):
        rows = await self.store.rows(
            text("SELECT one_id FROM membership_links WHERE number = :n"), {"n": number}
        )
        return rows[0].one_id if rows else None

    async def readable(self):
        """Everything that the platform's own keys can still open, and every row as text."""
        found = [one.encode() for one in self._dump().splitlines()]
        rows = await self.store.rows(
            text("SELECT kind, scope, hash, number, channel, sealed_value FROM identity_claims")
        )
        opened = await opened_claims(self.store.rows, self.keys, BRAND, rows)
        found += [identity.value.encode() for _, identity in opened]
        seals = self.copied._seals
        for row in await self.store.rows(
            text("SELECT connector, section, key, sealed_body FROM copied_rows")
        ):
            found.append(seals.opened(row.connector, row.section, row).encode())
        for row in await self.store.rows(text("SELECT * FROM member_commands")):
            owner = owner_of_person(row.one_id)
            seals = await self.keys.load(self.store.rows, [owner])
            person = opened_person(seals.get(owner), row, BRAND)
            found.append(b"" if person is None else msgspec.json.encode(person))
        return b"\n".join(found)

    def _dump(self):
        command = [postgres_binary("pg_dump"), "--dbname", self.url]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    async def aclose(self):
        await self.store.aclose()


@pytest.fixture
def database(postgres):
    return migrated(postgres, f"drill_{secrets.token_hex(4)}")


def settings_of(url):
    return Settings(database_url=url, secret_key=SECRET)


def test_the_search_knows_every_form():
    for value in (PHONE, NAME, EMAIL):
        for form in forms(value):
            assert hits(b"before " + form + b" after")
    assert hits(f"x{NAME}".encode("gb18030"))
    assert not hits(b"nothing of hers")


async def test_who_was_erased_stays_gone_whatever_comes_again(database, tmp_path):
    world = World(database)
    await world.sync(*HERS, OTHER)
    assert (await world.push(1)).accepted == 3
    await world.register()
    one_id = await world.one_id("7")
    assert hits(await world.readable())  # the search can find her

    settings, folder = settings_of(database), tmp_path / "backups"
    yesterday = await asyncio.to_thread(back_up, settings, BRAND, folder, NOON, 7)

    wish = EraseWish(one_id=one_id, reason="ticket 12", knowers=KNOWERS)
    done = await world.erasing.erase(wish, author="ada", idempotency_key="k", now=NOON)
    assert isinstance(done, Erasure)
    for connector, number in await Erasures(world.store, BRAND).customers(done.id):
        await world.copied.forget(connector, number)
    assert hits(await world.readable()) == []

    again = await world.sync(*HERS, OTHER)  # the nightly sync
    assert (again.erased, again.unchanged) == (2, 1)
    assert (await world.push(2)).accepted == 1  # sent again: what is nobody's is taken
    assert hits(await world.readable()) == []
    assert await world.one_id("7") is None
    await world.aclose()

    gone = await asyncio.to_thread(restore, settings, BRAND, folder, replace=True)
    assert gone == 2
    restored = World(database)
    assert hits(await restored.readable()) == []
    assert await restored.one_id("7") is None
    assert await restored.one_id("8") is not None
    assert (await restored.sync(*HERS)).erased == 2
    rows = await restored.store.rows(
        text("SELECT status FROM members WHERE one_id = :i"), {"i": one_id}
    )
    assert [row.status for row in rows] == ["ERASED"]
    (kept,) = await Erasures(restored.store, BRAND).newest(1)
    assert {one.place: one.state for one in kept.places}[COPY] is ErasureState.QUEUED
    await restored.aclose()
    assert yesterday.keys.read_bytes()  # a copy of her key lies there until its few days are over
    later = await asyncio.to_thread(
        back_up, settings, BRAND, folder, datetime.now(UTC).replace(year=2030), 7
    )
    assert list(later.forgotten) == [yesterday.keys]
    assert not yesterday.keys.exists()
