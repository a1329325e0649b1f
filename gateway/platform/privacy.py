"""Consents and erasures as one caller meets them."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from cache import LISTS, EntityCache, Tag
from capabilities.caller import Caller
from capabilities.errors import BadInput, StoreUnavailable
from capabilities.estate import Capability
from capabilities.member.consent import Consent, ConsentAnswer, ConsentOutcome
from capabilities.member.erasure import (
    EraseWish,
    Erasure,
    ErasureOutcome,
    ErasureState,
    Knower,
)
from capabilities.member.ports import MembershipSink
from capabilities.member.writing import WriteKind
from capabilities.sources import SourceReport, SourceStatus
from gateway.federation.asking import Request
from gateway.federation.estate import Estate
from gateway.platform.whole_brand import of_whole_brand
from gateway.redact import redacted_text
from store.owned import Owned
from store.privacy.consents import Consents
from store.privacy.data_keys import DataKeys
from store.privacy.erasing import CACHE, Erasing
from store.privacy.erasures import Erasures
from store.privacy.tombstones import Tombstones

_PLATFORM = "platform"
_AT_ONCE = 50
# A word for a place: nothing that names a person fits in.
_SOURCE = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}(:[A-Za-z0-9._/-]{1,40})?")


class Privacy:
    """Implements `schema.privacy_part.PrivacyPart`."""

    def __init__(self, owned: Owned, caller: Caller, request: Request) -> None:
        self._owned = owned
        self._caller = caller
        self._request = request
        store, brand = owned.store, owned.brand
        self._consents = Consents(store, brand)
        self._erasures = Erasures(store, brand)
        keys, stones = DataKeys(brand, owned.sealer), Tombstones.under(brand, owned.key)
        self._erasing = Erasing(store, keys, stones)

    async def consents(self, one_id: str) -> Sequence[Consent]:
        """What holds for her now; nothing, and a notice, while the store is away."""

        async def asked(one_ids: Sequence[str]) -> Sequence[Sequence[Consent]]:
            return await self._consents.standing(one_ids, self._owned.now())

        try:
            found: Sequence[Consent] = await self._request.load_with("consents", asked, one_id)
        except StoreUnavailable as exc:
            self._request.notices[_PLATFORM] = SourceReport(
                name=_PLATFORM,
                status=SourceStatus.ERROR,
                code=exc.code,
                message="what the platform keeps of people is missing",
                retryable=True,
            )
            return ()
        return found

    async def set_consent(self, answer: ConsentAnswer, idempotency_key: str) -> ConsentOutcome:
        """Record an answer of a person."""
        if not _SOURCE.fullmatch(answer.source):
            raise BadInput("`source` is a word for a place, such as `store:0017`.")
        return await self._consents.record(
            answer,
            author=self._caller.subject,
            idempotency_key=idempotency_key,
            now=self._owned.now(),
        )

    async def erase(self, one_id: str, reason: str, idempotency_key: str) -> ErasureOutcome:
        """Make a person gone; what is kept close of her is dropped at once."""
        self._unbound()
        knowers = knowers_of(self._request.estate)
        wish = EraseWish(one_id=one_id, reason=redacted_text(reason), knowers=knowers)
        done = await self._erasing.erase(
            wish,
            author=self._caller.subject,
            role=self._caller.role.value,
            idempotency_key=idempotency_key,
            now=self._owned.now(),
        )
        if isinstance(done, Erasure):
            await self._drop(done)
        return done

    async def erasures(self, first: int) -> Sequence[Erasure]:
        """The newest erasures."""
        self._unbound()
        return await self._erasures.newest(first)

    def _unbound(self) -> None:
        """Forbidden for a caller of some channels: an erasure reaches all of them."""
        of_whole_brand(self._caller.visibility, "People are erased from the whole brand.")

    async def _drop(self, done: Erasure) -> None:
        """Nothing that was kept of her is answered any more."""
        if self._request.cache is not None:
            await drop_kept(self._erasures, self._request.cache, done.id, self._owned.now())


async def drop_kept(erasures: Erasures, cache: EntityCache, erasure: str, now: datetime) -> None:
    """Drop what is kept of somebody, and say whether Redis has taken it."""
    told = await cache.drop(tags_of(await erasures.customers(erasure)))
    state = ErasureState.DONE if told else ErasureState.SENT
    await erasures.move(erasure, CACHE, state, now)


async def drop_all_kept(owned: Owned, cache: EntityCache) -> None:
    """As `drop_kept`, for every erasure of which nobody has done it: those from a command line."""
    erasures = Erasures(owned.store, owned.brand)
    waiting = [ErasureState.QUEUED, ErasureState.SENT]
    for one in await erasures.open_places(waiting, _AT_ONCE, CACHE):
        await drop_kept(erasures, cache, one.id, owned.now())


def tags_of(customers: Iterable[tuple[str, str]]) -> list[Tag]:
    """What is kept of somebody: under her number, and in lists."""
    return [
        Tag(connector=connector, capability=capability, key=key)
        for connector, number in customers
        for capability in Capability
        for key in (number, LISTS)
    ]


def knowers_of(estate: Estate) -> tuple[Knower, ...]:
    """Every system of an estate that may know people, in which channels, and where it erases."""
    channels: dict[str, set[str]] = {}
    erases: dict[str, frozenset[str]] = {}
    for capability in Capability:
        for connection, answered in estate.answering(capability):
            channels.setdefault(connection.name, set()).update(answered)
            if capability is Capability.MEMBER and takes_erasures(connection.connector):
                erases[connection.name] = frozenset(answered)
    return tuple(
        Knower(connector=name, channels=frozenset(own), erases=erases.get(name, frozenset()))
        for name, own in channels.items()
    )


def takes_erasures(connector: object) -> bool:
    """Whether a system takes the command to erase somebody."""
    return isinstance(connector, MembershipSink) and WriteKind.ERASE in connector.write_kinds
