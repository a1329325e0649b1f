"""Identities that name one person alone, in the clear: for her tombstones, never for an answer."""

from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from sqlalchemy import text

from capabilities.caller import MembershipKey
from capabilities.member.claims import Claim
from capabilities.member.records import Identity, IdentityKind
from store.engine import Rows, Run
from store.member.membership_rows import place_of_claim
from store.privacy.data_keys import DataKeys, owner_of_membership

# What also stands on somebody else's membership is a counter's phone: it must not bury her too.
_CLAIMS = text("""
  SELECT c.kind, c.scope, c.hash, c.number, c.channel, c.sealed_value
  FROM identity_claims c
  JOIN unnest(CAST(:numbers AS text[]), CAST(:channels AS text[])) AS a (number, channel)
    ON c.number = a.number AND c.channel = a.channel
  WHERE c.brand = :brand AND NOT c.barred AND NOT EXISTS (
    SELECT FROM identity_claims o
    JOIN membership_links l ON l.brand = o.brand AND l.number = o.number AND l.channel = o.channel
    WHERE o.brand = c.brand AND o.hash = c.hash AND NOT o.gone AND l.one_id <> :one_id)
""")


async def identities_of(
    run: Run,
    keys: DataKeys,
    brand: str,
    one_id: str,
    memberships: Sequence[MembershipKey],
) -> list[Identity]:
    """What her memberships show that is hers alone; what cannot be opened is left out."""
    columns = {
        "numbers": [one.number for one in memberships],
        "channels": [one.channel for one in memberships],
    }
    rows = await run(_CLAIMS, {"brand": brand, "one_id": one_id, **columns})
    shown = await opened_claims(run, keys, brand, rows)
    return list(dict.fromkeys(identity for _, identity in shown))


async def opened_claims(
    run: Run, keys: DataKeys, brand: str, rows: Rows
) -> list[tuple[MembershipKey, Identity]]:
    """Claims in the clear, each with its membership; what cannot be opened is left out."""
    seals = await keys.load(run, [owner_of_membership(row.channel, row.number) for row in rows])
    found = []
    for row in rows:
        kind, key = IdentityKind(row.kind), (row.channel, row.number)
        seal = seals.get(owner_of_membership(*key))
        if seal is None:
            continue
        place = place_of_claim(brand, Claim(key, kind, row.scope, bytes(row.hash)))
        try:
            value = seal.open(bytes(row.sealed_value), place)
        except InvalidTag:
            continue
        found.append((MembershipKey(*key), Identity(kind, row.scope, value)))
    return found
