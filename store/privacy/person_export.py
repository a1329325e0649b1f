"""Everything that the platform keeps of one person, in the clear: her own copy.

It reads every table that an erasure knows (`store.privacy.erasing_tables`), so what can be deleted
can be shown. Sealed values are opened; keyed hashes and seals themselves say nothing and are left
out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from capabilities.caller import MembershipKey
from store.engine import Store
from store.member.identities_shown import opened_claims
from store.member.membership_rows import place_of_name
from store.metadata import METADATA
from store.privacy.consents import Consents
from store.privacy.data_keys import DataKeys, owner_of_membership
from store.privacy.erasing_tables import BY_MEMBERSHIP, BY_PERSON, KEPT
from store.profile.attributes import Attributes

Section = list[dict[str, Any]]
_HASHES = frozenset({"hash", "value_hash", "month_hash", "text_hash"})
_MUTE = frozenset({"brand", "content", "wish", "own_id", *_HASHES})
# They are opened, say the same as another section, or tell of her neighbours too.
_APART = frozenset(
    {
        "identity_claims",
        "member_identities",
        "attribute_observations",
        "data_keys",
        "merge_records",
    }
)
_PERSON = text("""
  SELECT m.one_id, l.channel, l.number FROM members m
  LEFT JOIN membership_links l ON l.brand = m.brand AND l.one_id = m.one_id
  WHERE m.brand = :brand AND m.status <> 'ERASED' AND m.one_id = coalesce(
    (SELECT one_id FROM member_aliases WHERE brand = :brand AND old_id = :one_id), :one_id)
  ORDER BY l.number, l.channel
""")
_CLAIMS = text("""
  SELECT c.kind, c.scope, c.hash, c.number, c.channel, c.sealed_value FROM identity_claims c
  WHERE c.brand = :brand AND (c.number, c.channel) IN (
    SELECT * FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])))
""")
_NAMES = text("""
  SELECT number, channel, sealed_name FROM membership_records
  WHERE brand = :brand AND sealed_name IS NOT NULL AND (number, channel) IN (
    SELECT * FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])))
""")


class PersonExport:
    """Copies of people of one brand."""

    def __init__(self, store: Store, brand: str, keys: DataKeys, key: bytes) -> None:
        self._store = store
        self._brand = brand
        self._keys = keys
        self._attributes = Attributes(store, brand, keys, key)
        self._consents = Consents(store, brand)

    async def of(self, one_id: str) -> tuple[str, dict[str, Section]] | None:
        """Her id now, and her rows by section; None where nobody is known by it."""
        rows = await self._store.rows(_PERSON, {"brand": self._brand, "one_id": one_id})
        if not rows:
            return None
        now = str(rows[0].one_id)
        keys = [MembershipKey(row.channel, row.number) for row in rows if row.channel is not None]
        found: dict[str, Section] = {
            "identities": await self._identities(keys),
            "names": await self._names(keys),
            "attributes": [_plain(one) for one in (await self._attributes.of_people([now]))[0]],
            "consents": [_plain(one) for one in (await self._consents.history([now]))[0]],
        }
        for name in (*BY_MEMBERSHIP, *BY_PERSON, *KEPT):
            if name in METADATA.tables and name not in _APART:
                found[name] = await self._table(name, now, keys)
        return now, {name: section for name, section in found.items() if section}

    async def _identities(self, keys: Sequence[MembershipKey]) -> Section:
        rows = await self._store.rows(_CLAIMS, self._named(keys))
        opened = await opened_claims(self._store.rows, self._keys, self._brand, rows)
        return [
            {
                "channel": key.channel,
                "number": key.number,
                "kind": identity.kind.value,
                "scope": identity.scope,
                "value": identity.value,
            }
            for key, identity in opened
        ]

    async def _names(self, keys: Sequence[MembershipKey]) -> Section:
        owners = [owner_of_membership(one.channel, one.number) for one in keys]
        seals = await self._keys.load(self._store.rows, owners)
        found = []
        for row in await self._store.rows(_NAMES, self._named(keys)):
            seal = seals.get(owner_of_membership(row.channel, row.number))
            if seal is not None:
                place = place_of_name(self._brand, (row.channel, row.number))
                name = seal.open(bytes(row.sealed_name), place)
                found.append({"channel": row.channel, "number": row.number, "name": name})
        return found

    async def _table(self, name: str, one_id: str, keys: Sequence[MembershipKey]) -> Section:
        """The rows of hers in one table, by whatever names her there."""
        columns = [*METADATA.tables[name].columns.keys()]
        condition = _hers(columns)
        if condition is None:
            return []
        shown = [one for one in columns if one not in _MUTE and not one.startswith("sealed_")]
        statement = f"SELECT {', '.join(shown)} FROM {name} WHERE brand = :brand AND {condition}"  # noqa: S608 - our own words
        owners = [owner_of_membership(one.channel, one.number) for one in keys]
        asked = {**self._named(keys), "one_id": one_id, "owners": owners}
        rows = await self._store.rows(text(statement), asked)
        return [{key: _value(value) for key, value in row._asdict().items()} for row in rows]

    def _named(self, keys: Sequence[MembershipKey]) -> dict[str, Any]:
        numbers, channels = [one.number for one in keys], [one.channel for one in keys]
        return {"brand": self._brand, "numbers": numbers, "channels": channels}


def _hers(columns: Sequence[str]) -> str | None:
    """By which columns rows of one person are found."""
    mine = "(SELECT * FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])))"
    for number, channel in (("holder_number", "holder_channel"), ("number", "channel")):
        if {number, channel} <= set(columns) and "one_id" not in columns:
            return f"({number}, {channel}) IN {mine}"
    for name in ("one_id", "about"):
        if name in columns:
            return f"{name} = :one_id"
    return None


def _plain(record: Any) -> dict[str, Any]:
    shown = [name for name in record.__struct_fields__ if name not in _MUTE]
    fields = {name: getattr(record, name) for name in shown}
    return {name: _value(value) for name, value in fields.items()}


def _value(value: Any) -> Any:
    if isinstance(value, MembershipKey):
        return f"{value.channel} {value.number}"
    if isinstance(value, datetime):
        return value.isoformat()
    return getattr(value, "value", value)
