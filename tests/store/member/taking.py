"""Memberships brought in batches, and what the store makes of them."""

from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import text

from capabilities.member.records import Contact, Identity, IdentityKind, Membership
from capabilities.sources import SourceRef
from store.member.taking import Intake, Taken
from store.privacy.data_keys import DataKeys
from store.privacy.tombstones import Tombstones
from store.sealing import Sealer

BRAND = "baiwei"
START = datetime(2026, 1, 1, tzinfo=UTC)
KEY = b"h" * 32
_BRANDS = count()


def fresh_brand():
    return f"brand{next(_BRANDS)}"


def membership(channel, number, *, phone=None, card=None, union=None, verified=True, **more):
    identities = (Identity(IdentityKind.WECHAT_UNIONID, "open", union),) if union else ()
    return Membership(
        channel=channel,
        number=number,
        contact=Contact(
            name="林小满",
            phone=phone,
            phone_verified=verified,
            card_number=card,
            identities=identities,
        ),
        source=SourceRef(connector=f"{channel}-one", system="s", external_id=number),
        **more,
    )


class Desk:
    """Takes memberships in and tells what stands."""

    def __init__(self, store, brand=BRAND):
        self.store = store
        self.brand = brand
        sealer = Sealer(b"s" * 32)
        self.tombstones = Tombstones(brand, b"t" * 32)
        self.intake = Intake(brand, KEY, DataKeys(brand, sealer), self.tombstones)
        self.at = START

    async def take(self, *memberships) -> Taken:
        self.at += timedelta(hours=1)
        return await self.store.transaction(
            lambda run: self.intake.take(run, memberships, at=self.at)
        )

    async def rows(self, statement):
        return await self.store.rows(text(statement), {"brand": self.brand})

    async def people(self):
        """Memberships by the id of their person."""
        found = {}
        for row in await self.rows(
            "SELECT one_id, channel, number FROM membership_links WHERE brand = :brand "
            "ORDER BY channel, number"
        ):
            found.setdefault(row.one_id, []).append((row.channel, row.number))
        return {one_id: tuple(keys) for one_id, keys in found.items()}

    async def aliases(self):
        rows = await self.rows("SELECT old_id, one_id FROM member_aliases WHERE brand = :brand")
        return {row.old_id: row.one_id for row in rows}

    async def queue(self):
        rows = await self.rows(
            "SELECT left_channel, left_number, right_channel, right_number, evidence, state "
            "FROM merge_candidates WHERE brand = :brand"
        )
        return {
            ((row.left_channel, row.left_number), (row.right_channel, row.right_number)): (
                tuple(one["reason"] for one in row.evidence)
            )
            for row in rows
            if row.state == "OPEN"
        }

    async def changes(self):
        """The ids that events named since the last asking."""
        rows = await self.rows(
            "SELECT key, position FROM events WHERE brand = :brand ORDER BY position"
        )
        seen = getattr(self, "_position", 0)
        self._position = max((row.position for row in rows), default=seen)
        return {row.key for row in rows if row.position > seen}
