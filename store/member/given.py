"""A batch of memberships as it was given: what each says and shows, before its transaction."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct

from capabilities.member.claims import Claim, Key, Shown, shown_by
from capabilities.member.identity_rules import IdentityRules
from capabilities.member.person import identity_hash
from capabilities.member.records import Membership
from store.member.membership_rows import Brought


class Given(Struct, frozen=True):
    """Memberships by their keys, a digest of what each says, and what they show by some rules."""

    memberships: Mapping[Key, Membership]
    contents: Mapping[Key, bytes]
    rules: int
    shown: Brought


class Giving:
    """Works out what memberships say and show; `key` hashes identities."""

    def __init__(self, brand: str, key: bytes) -> None:
        self._brand = brand
        self._key = key

    def given(self, memberships: Sequence[Membership], version: int, rules: IdentityRules) -> Given:
        """The last of two records of one membership, and what it shows by this version of rules."""
        known = {(one.channel, one.number): one for one in memberships}
        contents = {key: self._content(one) for key, one in known.items()}
        return Given(known, contents, version, self.shown(known, known, rules))

    def shown(
        self, known: Mapping[Key, Membership], keys: Iterable[Key], rules: IdentityRules
    ) -> dict[Key, dict[bytes, tuple[Claim, Shown]]]:
        """What some of the memberships show, by its hash."""
        return {key: self._claims(key, shown_by(known[key], rules)) for key in keys}

    def _claims(self, key: Key, shown: Sequence[Shown]) -> dict[bytes, tuple[Claim, Shown]]:
        found = {}
        for one in shown:
            identity = one.identity
            digest = identity_hash(self._key, self._brand, identity)
            claim = Claim(key, identity.kind, identity.scope, digest, one.verified, one.barred)
            found[digest] = (claim, one)
        return found

    def _content(self, membership: Membership) -> bytes:
        """A keyed digest of what a record says."""
        said = msgspec.msgpack.encode(
            (
                membership.source.connector,
                membership.programme,
                membership.status,
                membership.source_status,
                membership.tier,
                membership.points,
                membership.joined_at,
                membership.home_store_code,
                membership.contact,
                membership.native,
            )
        )
        return hmac.digest(self._key, said, sha256)[:16]
