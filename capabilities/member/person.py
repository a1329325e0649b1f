"""Which memberships are one person: deterministic, by a verified personal phone.

The person's id is derived with a keyed hash, so the same person has the same id on every process
and also while the store is away; the store may know better (a merge) and then wins.
"""

import hmac
from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256

from capabilities.member.phone import BLOCKED
from capabilities.member.records import Identity, IdentityKind, Membership

_ONE_ID_BYTES = 15

# More memberships than this behind one phone in one channel: a counter's phone, not a person's.
SHARED_PHONE_LIMIT = 3


def keyed_hash(key: bytes, *parts: str) -> bytes:
    """HMAC-SHA256 of the parts; what look-ups and ids use in place of a phone."""
    made = _keyed(key).copy()
    made.update("\x1f".join(parts).encode())
    return made.digest()


@lru_cache(maxsize=16)
def _keyed(key: bytes) -> hmac.HMAC:
    """The key is taken in once: that is the greater part of the hash of a short text."""
    return hmac.new(key, digestmod=sha256)


def identity_hash(key: bytes, brand: str, identity: Identity) -> bytes:
    """What stands for an identity wherever it is kept or compared."""
    return keyed_hash(key, "identity", brand, identity.kind.value, identity.scope, identity.value)


def one_id_of(key: bytes, digest: bytes, generation: int = 0) -> str:
    """24 characters that name a person and reveal nothing of the identity with this hash.

    `generation` counts how often she registered anew after an erasure: nobody meets an old id.
    """
    parts = ("one-id", digest.hex(), *([str(generation)] if generation else []))
    return b32encode(keyed_hash(key, *parts)[:_ONE_ID_BYTES]).decode().lower()


def derive_one_id(key: bytes, brand: str, identity: Identity, generation: int = 0) -> str:
    """The id of who is named by an identity."""
    return one_id_of(key, identity_hash(key, brand, identity), generation)


def phone_identity(phone: str) -> Identity:
    """The identity of a canonical phone."""
    return Identity(IdentityKind.PHONE, phone[:3], phone)


def key_identity(channel: str, number: str) -> Identity:
    """The identity that a membership always has: its own key."""
    return Identity(IdentityKind.SHOP_CUSTOMER, channel, number)


def membership_identity(membership: Membership) -> Identity:
    """As `key_identity`, of a record."""
    return key_identity(membership.channel, membership.number)


def lead_identity(membership: Membership, shared: frozenset[str] = frozenset()) -> Identity:
    """What decides the person: a personal phone, else the membership itself."""
    phone = membership.phone
    if phone is None or phone in BLOCKED or phone in shared:
        return membership_identity(membership)
    return phone_identity(phone)


def shared_phones(memberships: Iterable[Membership]) -> frozenset[str]:
    """Phones that stand on too many memberships of one channel to name a person."""
    counts = Counter([(one.phone, one.channel) for one in memberships])
    crowded = [
        phone
        for (phone, _), count in counts.items()
        if phone is not None and count > SHARED_PHONE_LIMIT
    ]
    return frozenset(crowded) | BLOCKED


def group_by_person(
    memberships: Sequence[Membership], shared: frozenset[str] = frozenset()
) -> dict[Identity, tuple[Membership, ...]]:
    """Memberships by person, each person's in the one order of lists; no membership is lost."""
    groups: dict[Identity, dict[tuple[str, str], Membership]] = {}
    for one in memberships:
        groups.setdefault(lead_identity(one, shared), {})[one.channel, one.number] = one
    return {
        identity: tuple(sorted(group.values(), key=lambda one: one.sort_key.rank))
        for identity, group in groups.items()
    }
