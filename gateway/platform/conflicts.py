"""Conflicts of writes that two sides lead, as one caller meets them."""

from datetime import datetime

from capabilities.adoption.states import Side
from capabilities.caller import Caller
from capabilities.estate import Capability
from capabilities.member.conflicts import (
    ConflictDecided,
    ConflictDeciding,
    ConflictDeclined,
    ConflictFilter,
    ConflictState,
    MemberConflict,
    Ruling,
)
from capabilities.operations import IdempotencyKeyReused
from capabilities.page import ConnectionArgs, MergedPage
from capabilities.time import from_micros, micros
from gateway.federation.paging import paging_of
from gateway.platform.kept_pages import bad_cursor, kept_page, place_in
from gateway.platform.whole_brand import of_every_store
from gateway.redact import redacted_text
from store.engine import Run
from store.member.conflict_desk import ConflictDesk
from store.member.conflicts import Conflicts, Place
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.wishes import KeyReused, once

_CURSOR = "conflict:"
_NOWHERE = frozenset[str]()


class ConflictBooks:
    """Implements `schema.conflict_part.ConflictPart`."""

    def __init__(self, owned: Owned, caller: Caller) -> None:
        self._owned = owned
        self._caller = caller
        keys = DataKeys(owned.brand, owned.sealer)
        self._kept = Conflicts(owned, keys)
        self._desk = ConflictDesk(owned, keys)

    async def page(
        self,
        channel: str | None,
        capability: Capability,
        state: ConflictState,
        args: ConnectionArgs,
    ) -> MergedPage[MemberConflict]:
        """A page of the caller's channels, the oldest first."""
        self._of_all_stores()
        asked = paging_of(args)
        place = None if asked.place is None else _place(place_in(asked.place, _CURSOR))
        wanted = ConflictFilter(state=state, channels=self._channels(channel, capability))
        rows = await self._kept.page(asked.size + 1, wanted, place, backward=asked.backward)
        return kept_page(asked, rows, _named, await self._kept.count(wanted))

    async def decide(
        self, conflict: str, revision: str, keep: Side, reason: str, key: str
    ) -> ConflictDeciding:
        """Write one side's values to both, in the caller's name."""
        self._of_all_stores()
        channels = self._caller.visibility.channels
        ruling = Ruling(
            keep=keep,
            author=self._caller.subject,
            role=self._caller.role.value,
            reason=redacted_text(reason),
            seen=revision,
        )

        async def do(run: Run) -> ConflictDecided | ConflictDeclined:
            return await self._desk.decide(run, conflict, ruling, channels)

        who = (self._owned.brand, self._caller.subject, key)
        wish = ("decideConflict", conflict, revision, keep.value, reason)
        kind = ConflictDecided | ConflictDeclined
        try:
            done: ConflictDeciding = await self._owned.store.transaction(
                lambda run: once(run, who, wish, kind, lambda: do(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return done

    def _channels(self, channel: str | None, capability: Capability) -> frozenset[str] | None:
        """Those that are meant; only members' writes have two sides."""
        if capability is not Capability.MEMBER:
            return _NOWHERE
        own = self._caller.visibility.channels
        if channel is None:
            return own
        return frozenset({channel}) if own is None or channel in own else _NOWHERE

    def _of_all_stores(self) -> None:
        if self._caller.visibility.stores is not None:
            of_every_store(self._caller.visibility, "Conflicts are those of whole channels.")


def _named(one: MemberConflict) -> str:
    return f"{_CURSOR}{micros(one.found_at)}:{one.key}"


def _place(text: str) -> Place:
    at, _, key = text.partition(":")
    try:
        moment: datetime = from_micros(int(at))
    except (ValueError, OverflowError) as exc:
        raise bad_cursor() from exc
    return moment, key
