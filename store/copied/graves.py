"""Rows of people who were erased: found on their way into the copy, and in it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import text

from capabilities.copied import CopiedRow
from capabilities.member.person import phone_identity
from capabilities.member.phone import normalise_phone
from capabilities.member.records import IdentityKind
from store.copied.seals import Seals
from store.engine import Run
from store.privacy.tombstones import Tombstones

MEMBERSHIPS = "memberships"
_SECTIONS = (MEMBERSHIPS, "orders", "order_mirrors", "coupons")
# What is shorter is a number of a system, and dear to read as a phone.
_SHORTEST_PHONE = 11

_ANYBODY = text("SELECT FROM tombstones WHERE brand = :brand AND lifted_at IS NULL LIMIT 1")
_HERS = text("""
  DELETE FROM copied_rows WHERE brand = :brand AND connector = :connector AND (
    (section = :memberships AND key = :number)
    OR (section, customer) IN (
      SELECT * FROM unnest(CAST(:sections AS text[]), CAST(:customers AS bytea[]))))
  RETURNING section, key
""")
_SHOWN = text("""
  DELETE FROM copied_identities i
  USING unnest(CAST(:sections AS text[]), CAST(:keys AS text[])) AS a (section, key)
  WHERE i.brand = :brand AND i.connector = :connector AND i.section = a.section AND i.key = a.key
""")
_BODIES = text("""
  UPDATE copied_batches SET sealed_raw = NULL, raw_until = NULL
  WHERE brand = :brand AND connector = :connector AND sealed_raw IS NOT NULL
""")


async def erased_among(
    run: Run, tombstones: Tombstones, connector: str, rows: Sequence[CopiedRow]
) -> set[tuple[str, str]]:
    """The section and key of every row that is an erased person's."""
    if not rows or not await run(_ANYBODY, {"brand": tombstones.brand}):
        return set()
    owners: dict[bytes, list[tuple[str, str]]] = {}
    for row in rows:
        for digest in _hashes(tombstones, connector, row):
            owners.setdefault(digest, []).append((row.section, row.key))
    found = await tombstones.among(run, list(owners))
    return {place for digest in found for place in owners[digest]}


async def forget_customer(run: Run, seals: Seals, connector: str, number: str) -> int:
    """Take a customer's rows out of the copy of one connector, and the bodies that brought them.

    A body holds many people's rows and is kept for a few days to look into; it goes as a whole.
    """
    customers = [seals.customer(connector, section, number) for section in _SECTIONS]
    named = {"brand": seals.brand, "connector": connector}
    asked = {"memberships": MEMBERSHIPS, "number": number, "sections": list(_SECTIONS)}
    gone = await run(_HERS, {**named, **asked, "customers": customers})
    if gone:
        pairs = {"sections": [row.section for row in gone], "keys": [row.key for row in gone]}
        await run(_SHOWN, {**named, **pairs})
    await run(_BODIES, named)
    return len(gone)


def _hashes(tombstones: Tombstones, connector: str, row: CopiedRow) -> Iterable[bytes]:
    if row.section == MEMBERSHIPS:
        yield tombstones.customer(connector, row.key)
    values = [value for kind, value in row.identities if kind == IdentityKind.PHONE.value]
    if row.customer is not None:
        yield tombstones.customer(connector, row.customer)
        values.append(row.customer)
    for value in values:
        phone = normalise_phone(value) if len(value) >= _SHORTEST_PHONE else None
        if phone is not None:
            one = phone_identity(phone)
            yield tombstones.identity(one.kind.value, one.scope, one.value)
