"""Who was erased, kept in every process: what systems still say of them is answered by nobody.

Tombstones are few and short, so each process holds all of them, eight bytes each: a read costs no
question, and goes on as it was while PostgreSQL is away.
"""

import asyncio
from array import array
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Sequence

from structlog import get_logger

from capabilities.errors import StoreUnavailable
from capabilities.member.claims import shown_by
from capabilities.member.identity_rules import DEFAULT_RULES
from capabilities.member.records import Identity, Membership
from capabilities.order.records import Order
from store.engine import Store
from store.privacy.tombstones import Tombstones

_log = get_logger("erased")
_LOOK_SECONDS = 0.5
_BYTES = 8


class Erased:
    """The tombstones of one brand as they were at a version of `erasures`."""

    def __init__(
        self, store: Store, tombstones: Tombstones, version: Callable[[], int | None]
    ) -> None:
        self._store = store
        self._tombstones = tombstones
        self._version = version
        self._standing: array[int] = array("Q")
        self._lifted: dict[int, int] = {}
        self._at: int | None = None

    async def refresh(self) -> None:
        """Read them where they changed; StoreUnavailable leaves the last ones standing."""
        version = self._version()
        if version is None or version == self._at:
            return
        hashes = await self._tombstones.standing(self._store)
        lifted = await self._tombstones.lifted(self._store)
        self._standing = array("Q", sorted(_short(one) for one in hashes))
        self._lifted = {_short(one): generation for one, generation in lifted}
        self._at = version

    async def follow(self, changed: Callable[[], Awaitable[None]]) -> None:
        """Until cancelled: be at most a moment behind; `changed` is called for what is new."""
        seen: int | None = None
        while True:
            try:
                await self.refresh()
                if self._at != seen:
                    await changed()
                    seen = self._at
            except StoreUnavailable:
                pass  # the last ones stand
            except Exception:  # noqa: BLE001 - the next look may find better
                _log.exception("tombstones cannot be read")
            await asyncio.sleep(_LOOK_SECONDS)

    def hides(self, membership: Membership) -> bool:
        """Whether a membership is an erased person's: by its number, or by what names her."""
        if not self._standing:
            return False
        stones, number = self._tombstones, membership.number
        if self._has(stones.membership(membership.channel, number)):
            return True
        if self._has(stones.customer(membership.source.connector, number)):
            return True
        return any(self._has(self._grave(one)) for one in naming(membership))

    def hides_record(self, record: object) -> bool:
        """Whether a membership is, or an order was bought by, somebody who was erased."""
        if isinstance(record, Membership):
            return self.hides(record)
        if not isinstance(record, Order) or record.customer is None or not self._standing:
            return False
        return self._has(self._tombstones.customer(record.source.connector, record.customer))

    def generation(self, identity: Identity) -> int:
        """How often who has an identity registered anew after an erasure: her id is another."""
        return self._lifted.get(_short(self._grave(identity)), 0) if self._lifted else 0

    def _grave(self, one: Identity) -> bytes:
        return self._tombstones.identity(one.kind.value, one.scope, one.value)

    def _has(self, digest: bytes) -> bool:
        short, standing = _short(digest), self._standing
        place = bisect_left(standing, short)
        return place < len(standing) and standing[place] == short


def _short(digest: bytes) -> int:
    return int.from_bytes(digest[:_BYTES], "big")


def naming(membership: Membership) -> list[Identity]:
    """What names one person alone in a record, by the rules that Santong brings."""
    return [
        shown.identity
        for shown in shown_by(membership, DEFAULT_RULES)
        if not shown.barred and DEFAULT_RULES.of(shown.identity.kind).joins(verified=shown.verified)
    ]


def nobody(membership: Membership) -> bool:
    """Hides no membership."""
    del membership
    return False


def never(identity: Identity) -> int:
    """Nobody registered anew."""
    del identity
    return 0


Hides = Callable[[Membership], bool]
Generation = Callable[[Identity], int]


def shown(hides: Hides, memberships: Sequence[Membership]) -> list[Membership]:
    """Those of nobody who was erased."""
    return [one for one in memberships if not hides(one)]
