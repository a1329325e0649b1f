"""Tmall's desk of a process, over what its gateway holds open."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence

from capabilities.caller import Caller
from capabilities.errors import StoreUnavailable
from connectors._kit import SecretPlaces
from gateway.federation.reader import GraphReader
from gateway.platform.points import PointsReading
from gateway.platform.programmes import KnownProgrammes
from gateway.tmall.declared import Declared
from gateway.tmall.desk import TmallDesk
from gateway.tmall.figures import TmallFigures
from gateway.tmall.joining import Joined
from gateway.tmall.standing import People
from gateway.usage.doors import DoorUses
from store.member.kept_memberships import KeptMemberships
from store.member.members import Members
from store.member.taking import intake_of
from store.owned import Owned
from store.privacy.data_keys import DataKeys

Read = Callable[[Caller, float], GraphReader]


def opened_tmall(
    owned: Owned,
    declared: Sequence[Declared],
    read: Read,
    programmes: KnownProgrammes,
    changed: Callable[[], Awaitable[None]],
    figures: TmallFigures,
    uses: DoorUses,
) -> TmallDesk:
    """A desk for the doors that are declared; BadInput where a secret of one is missing."""
    places = SecretPlaces()
    doors = {
        one.name: (one, [places.resolve(secret) for secret in one.secrets]) for one in declared
    }
    kept = KeptMemberships(owned.store, owned.brand, DataKeys(owned.brand, owned.sealer))
    opened = _Opened(owned, read, kept, programmes, changed)
    joined = Joined(owned, intake_of(owned), kept)
    return TmallDesk(owned.brand, doors, opened, joined, owned.now, figures, uses)


class _Opened:
    def __init__(
        self,
        owned: Owned,
        read: Read,
        kept: KeptMemberships,
        programmes: KnownProgrammes,
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self._owned = owned
        self._read = read
        self._kept = kept
        self._programmes = programmes
        self._changed = changed
        self._members = Members(owned.store, owned.brand)

    def reader(self, caller: Caller, deadline_seconds: float) -> GraphReader:
        return self._read(caller, deadline_seconds)

    def people(self, reader: GraphReader) -> People:
        points = PointsReading(self._owned, reader.request, self._programmes)
        return People(reader, self._members, self._kept, points, self._owned.key)

    async def changed(self) -> None:
        with contextlib.suppress(StoreUnavailable):  # the next look sees it
            await self._changed()
