"""Members as one process holds them: who is known, who was erased, and what looking up costs."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from cache.attempts import Attempts
from capabilities.member.records import Membership
from gateway.federation.erased import Erased
from gateway.federation.known_people import KnownPeople
from gateway.federation.own_parts import OwnPeople
from gateway.federation.own_source import OwnPages
from gateway.federation.stored_people import Take
from gateway.opened.ground import Ground
from gateway.opened.look_ups import StaffLookUps, look_ups_of
from gateway.platform.owned import known_programmes
from gateway.platform.programmes import KnownProgrammes
from store.commands import Commands
from store.member.kept_memberships import KeptMemberships
from store.member.members import Members
from store.member.own_list import OwnMemberships
from store.member.pending import PendingRegistrations
from store.member.taking import intake_of
from store.privacy.data_keys import DataKeys
from store.privacy.tombstones import Tombstones


class OpenedMembers(Struct, frozen=True, eq=False):
    """What of members all requests of a process share."""

    own: OwnPeople
    erased: Erased
    look_ups: StaffLookUps
    attempts: Attempts
    commands: Commands
    programmes: KnownProgrammes


def opened_members(ground: Ground) -> OpenedMembers:
    """The members of a process."""
    owned, store, brand = ground.owned, ground.store, ground.brand
    stones = Tombstones.under(brand, owned.key)
    return OpenedMembers(
        own=_own_people(ground),
        erased=Erased(store, stones, ground.versions.erasures),
        look_ups=look_ups_of(ground),
        attempts=Attempts(ground.near, brand, ground.key("attempts"), ground.settings.processes),
        commands=Commands(store, brand, DataKeys(brand, owned.sealer)),
        programmes=known_programmes(owned),
    )


def _own_people(ground: Ground) -> OwnPeople:
    store, brand = ground.store, ground.brand
    keys = DataKeys(brand, ground.owned.sealer)
    kept = KeptMemberships(store, brand, keys)
    return OwnPeople(
        members=Members(store, brand),
        known=KnownPeople(ground.versions.members),
        take=_taking(ground),
        key=ground.owned.key,
        kept=kept,
        pages=OwnPages(
            OwnMemberships(store, brand, kept), PendingRegistrations(store, brand, keys)
        ),
    )


def _taking(ground: Ground) -> Take:
    intake = intake_of(ground.owned)

    async def take(memberships: Sequence[Membership], at: datetime) -> None:
        """Remember people whom live reads found."""
        await ground.store.transaction(lambda run: intake.take(run, memberships, at=at))

    return take
