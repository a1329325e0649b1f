"""Questions to the platform's copy: a manifest whose rows come to us answers as any other does."""

import time
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime
from typing import Any

from capabilities.copied import Copied, CopiedAsk, Found
from capabilities.errors import StoreUnavailable, Unavailable
from capabilities.member.records import Identity, IdentityKind
from capabilities.time import micros
from connectors._kit import Decoder
from connectors.manifest import At, CompiledSection
from connectors.manifest.model import Lookup
from connectors.ports.copying import mapping_of
from connectors.ports.members import meant
from connectors.ports.wanted import Batch, Wanted

# The age is looked up again after so many seconds; it grows by itself in between.
_AGE_SECONDS = 1.0


class CopyAge:
    """How old the copy of one connector is: the time since its most silent feeder sent."""

    def __init__(self, copied: Copied, connector: str) -> None:
        self._copied = copied
        self._connector = connector
        self._accepted_at: datetime | None = None
        self._read_at = float("-inf")

    @property
    def milliseconds(self) -> int:
        """By what was known at the last look."""
        if self._accepted_at is None:
            return 0
        return max(0, (micros(datetime.now(UTC)) - micros(self._accepted_at)) // 1000)

    async def look(self) -> None:
        """Look once a second at most."""
        now = time.monotonic()
        if now - self._read_at < _AGE_SECONDS:
            return
        self._read_at = now
        self._accepted_at = await self._copied.accepted_at(self._connector)


class CopiedReader:
    """A section over the copy, which has every list in our order and a limit per customer."""

    partitioned = True
    pushes_channels = True

    def __init__(
        self, copied: Copied, section: CompiledSection, at: At, age: CopyAge | None = None
    ) -> None:
        self._copied = copied
        self._section = section
        self._at = at
        self._age = age or CopyAge(copied, at.connector)
        self._mapping = mapping_of(section, at)
        self._decoder: Decoder[Any] = Decoder(section.row_type)

    async def by_keys(self, lookup: Lookup, keys: Sequence[str]) -> Sequence[Any]:
        """The rows of these keys, or those that show them where persons are asked by it."""
        of = (self._at.connector, self._section.name, self._mapping)
        for kind, one in self._section.section.by_identity.items():
            if one is lookup:
                identities = (Identity(IdentityKind(kind), "", key) for key in keys)
                values = [meant(identity) or identity.value for identity in identities]
                return await self._decoded(self._copied.by_identity(*of, kind, values))
        return await self._decoded(self._copied.by_keys(*of, keys))

    async def rows(self, wanted: Wanted) -> Batch:
        """Rows strictly behind the place."""
        words = [[f"{name}={one}" for one in values] for name, values in wanted.pushed.items()]
        ask = CopiedAsk(
            section=self._section.name,
            mapping=self._mapping,
            channels=sorted(set(wanted.channels.values())),
            newest_first=wanted.newest_first,
            limit=wanted.limit,
            after=wanted.after,
            since=None if wanted.since is None else micros(wanted.since),
            until=None if wanted.until is None else micros(wanted.until),
            words=words,
            customers=wanted.customers,
        )
        rows = await self._decoded(self._copied.rows(self._at.connector, ask))
        return Batch(rows=rows, exhausted=len(rows) < wanted.limit)

    async def _decoded(self, asked: Awaitable[Found]) -> list[Any]:
        source = self._at.connector
        try:
            found = await asked
            await self._age.look()
        except StoreUnavailable as exc:
            message = "the platform's copy cannot be read now"
            raise Unavailable(message, source=source, code=exc.code) from exc
        if found.outdated:
            message = "the platform's copy is being mapped anew"
            raise Unavailable(message, source=source, code="COPY_MAPPED_ANEW")
        return [self._decoder.decode(body.encode(), source) for body in found.bodies]
