"""What a membership says, written as rows: its record, and the identities that it shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import text

from capabilities.member.claims import Claim, Key, Shown
from capabilities.member.records import Membership
from capabilities.native import Native
from store.engine import Run
from store.member.components import columns_of
from store.privacy.data_keys import OwnerSeal, owner_of_membership

Brought: TypeAlias = Mapping[Key, Mapping[bytes, tuple[Claim, Shown]]]
Fresh: TypeAlias = Mapping[Key, tuple[Membership, bytes]]

_RECORDS = text("""
  INSERT INTO membership_records AS old (brand, number, channel, connector, content, programme,
    status, tier_code, tier_name, tier_valid_to, points_available, points_pending,
    points_authority, joined_at, home_store, sealed_name, sealed_rest, first_seen, seen_at)
  SELECT :brand, a.number, a.channel, a.connector, a.content, a.programme, a.status, a.tier_code,
         a.tier_name, a.tier_valid_to, a.points_available, a.points_pending, a.points_authority,
         a.joined_at, a.home_store, a.sealed_name, a.sealed_rest, :at, :at
  FROM unnest(CAST(:numbers AS text[]), CAST(:channels AS text[]), CAST(:connectors AS text[]),
              CAST(:contents AS bytea[]), CAST(:programmes AS text[]), CAST(:statuses AS text[]),
              CAST(:tier_codes AS text[]), CAST(:tier_names AS text[]),
              CAST(:tiers_valid_to AS date[]), CAST(:available AS bigint[]),
              CAST(:pending AS bigint[]), CAST(:authorities AS text[]),
              CAST(:joined AS timestamptz[]), CAST(:home_stores AS text[]),
              CAST(:names AS bytea[]), CAST(:rests AS bytea[]))
       AS a (number, channel, connector, content, programme, status, tier_code, tier_name,
             tier_valid_to, points_available, points_pending, points_authority, joined_at,
             home_store, sealed_name, sealed_rest)
  ON CONFLICT (brand, number, channel) DO UPDATE
  SET connector = excluded.connector, content = excluded.content, programme = excluded.programme,
      status = excluded.status, tier_code = excluded.tier_code, tier_name = excluded.tier_name,
      tier_valid_to = excluded.tier_valid_to, points_available = excluded.points_available,
      points_pending = excluded.points_pending, points_authority = excluded.points_authority,
      joined_at = excluded.joined_at, home_store = excluded.home_store,
      sealed_name = excluded.sealed_name, sealed_rest = excluded.sealed_rest,
      seen_at = excluded.seen_at, gone_at = NULL
""")
_CLAIMS = text("""
  INSERT INTO identity_claims AS old (brand, hash, number, channel, kind, scope, verified, barred,
    gone, first_seen, last_seen, source, sealed_value)
  SELECT :brand, a.hash, a.number, a.channel, a.kind, a.scope, a.verified, a.barred, false,
         :at, :at, a.source, a.sealed_value
  FROM unnest(CAST(:hashes AS bytea[]), CAST(:numbers AS text[]), CAST(:channels AS text[]),
              CAST(:kinds AS text[]), CAST(:scopes AS text[]), CAST(:verified AS boolean[]),
              CAST(:barred AS boolean[]), CAST(:sources AS text[]), CAST(:sealed AS bytea[]))
       AS a (hash, number, channel, kind, scope, verified, barred, source, sealed_value)
  ON CONFLICT (brand, hash, number, channel) DO UPDATE
  SET verified = excluded.verified, barred = excluded.barred, gone = false,
      last_seen = excluded.last_seen, source = excluded.source,
      sealed_value = excluded.sealed_value
""")
_GONE = text("""
  UPDATE identity_claims c SET gone = true
  FROM unnest(CAST(:hashes AS bytea[]), CAST(:numbers AS text[]), CAST(:channels AS text[]))
       AS a (hash, number, channel)
  WHERE c.brand = :brand AND c.hash = a.hash AND c.number = a.number AND c.channel = a.channel
""")


def place_of_claim(brand: str, claim: Claim) -> bytes:
    """Where a sealed identity belongs; it opens nowhere else."""
    return f"{brand}\x1f{claim.kind.value}\x1f{claim.scope}\x1f{claim.hash.hex()}".encode()


def place_of_name(brand: str, key: Key) -> bytes:
    """Where a sealed name belongs."""
    channel, number = key
    return f"{brand}\x1fname\x1f{channel}\x1f{number}".encode()


def place_of_rest(brand: str, key: Key) -> bytes:
    """Where what a system says in its own words belongs."""
    channel, number = key
    return f"{brand}\x1frest\x1f{channel}\x1f{number}".encode()


class Rest(Struct, frozen=True, omit_defaults=True):
    """What a system says of a membership in words of its own."""

    source_status: tuple[str, ...] = ()
    native: Native | None = None


def rest_of(membership: Membership) -> str | None:
    """The rest of a record as it is sealed; None where there is none."""
    if not membership.source_status and membership.native is None:
        return None
    return msgspec.json.encode(Rest(membership.source_status, membership.native)).decode()


async def write_records(
    run: Run, brand: str, seals: Mapping[str, OwnerSeal], fresh: Fresh, at: datetime
) -> None:
    """Write records in place of what stood."""
    rows = [one for one, _ in fresh.values()]
    tiers, points = [one.tier for one in rows], [one.points for one in rows]
    columns = {
        "connectors": [one.source.connector for one in rows],
        "contents": [content for _, content in fresh.values()],
        "programmes": [one.programme for one in rows],
        "statuses": [one.status.value for one in rows],
        "tier_codes": [tier and tier.code for tier in tiers],
        "tier_names": [tier and tier.name for tier in tiers],
        "tiers_valid_to": [tier and tier.valid_to for tier in tiers],
        "available": [None if one is None else one.available for one in points],
        "pending": [None if one is None else one.pending for one in points],
        "authorities": [None if one is None else one.authority.value for one in points],
        "joined": [one.joined_at for one in rows],
        "home_stores": [one.home_store_code for one in rows],
        "names": [
            seals[owner_of_membership(*key)].seal(one.contact.name, place_of_name(brand, key))
            if one.contact.name
            else None
            for key, (one, _) in fresh.items()
        ],
        "rests": [
            seals[owner_of_membership(*key)].seal(told, place_of_rest(brand, key))
            if (told := rest_of(one)) is not None
            else None
            for key, (one, _) in fresh.items()
        ],
    }
    await run(_RECORDS, {"brand": brand, "at": at, **columns_of(fresh), **columns})


async def write_claims(
    run: Run,
    brand: str,
    seals: Mapping[str, OwnerSeal],
    brought: Sequence[tuple[Claim, Shown]],
    fresh: Fresh,
    at: datetime,
) -> None:
    """Write what memberships show, each value sealed under the key of its membership."""
    if not brought:
        return
    columns = {
        **columns_of(claim.key for claim, _ in brought),
        "hashes": [claim.hash for claim, _ in brought],
        "sources": [fresh[claim.key][0].source.connector for claim, _ in brought],
        "kinds": [claim.kind.value for claim, _ in brought],
        "scopes": [claim.scope for claim, _ in brought],
        "verified": [claim.verified for claim, _ in brought],
        "barred": [claim.barred for claim, _ in brought],
        "sealed": [
            seals[owner_of_membership(*claim.key)].seal(
                one.identity.value, place_of_claim(brand, claim)
            )
            for claim, one in brought
        ],
    }
    await run(_CLAIMS, {"brand": brand, "at": at, **columns})


async def drop_claims(
    run: Run,
    brand: str,
    before: Mapping[Key, Mapping[bytes, Claim]],
    shown: Mapping[Key, Mapping[bytes, Claim]],
) -> None:
    """Mark what memberships no longer show; it still leads to whom it once named."""
    gone = [
        claim
        for key, claims in before.items()
        for digest, claim in claims.items()
        if digest not in shown[key] and not claim.gone
    ]
    if gone:
        columns = {**columns_of(one.key for one in gone), "hashes": [one.hash for one in gone]}
        await run(_GONE, {"brand": brand, **columns})
