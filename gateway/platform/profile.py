"""The profiles of people as one caller meets them: all people of a wave in one statement."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from capabilities.audit import Entry
from capabilities.caller import Caller
from capabilities.errors import BadInput, StoreUnavailable
from capabilities.member.consent import ConsentPurpose
from capabilities.member.touches import (
    Touch,
    TouchDeclined,
    Touching,
    Touchpoint,
    TouchRecorded,
    newest,
)
from capabilities.operations import IdempotencyKeyReused
from capabilities.profile.attributes import Attribute, Observation, surviving
from capabilities.profile.purchases import MemberAffinity, MemberStatistics, Recommendation
from capabilities.profile.rules import DeclaredAttribute
from capabilities.profile.tags import LONGEST_TAG, Tag, TagDeclined, Tagged, Tagging
from capabilities.sources import SourceReport, SourceStatus
from capabilities.visibility import scope_of
from gateway.federation.asking import Request
from gateway.platform.whole_brand import of_whole_brand
from store.access.audit import audited
from store.engine import Run
from store.lifecycle.reading import LifecycleReading
from store.owned import Owned
from store.privacy.consents import Consents
from store.privacy.data_keys import DataKeys
from store.profile.attributes import Attributes
from store.profile.purchases import Purchases
from store.profile.recommendations import Recommendations
from store.profile.rules import ProfileRulesVersions
from store.profile.tags import MemberTags
from store.profile.touchpoints import Touchpoints
from store.wishes import KeyReused, once

_T = TypeVar("_T")
_PLATFORM = "platform"
_MOST_TOUCHES = 100


class Profiles:
    """Implements `schema.profile_part.ProfilePart`."""

    def __init__(self, owned: Owned, caller: Caller, request: Request) -> None:
        self._owned = owned
        self._caller = caller
        self._request = request
        store, brand = owned.store, owned.brand
        self._rules = ProfileRulesVersions(store, brand)
        self._told = Attributes(store, brand, DataKeys(brand, owned.sealer), owned.key)
        self._purchases = Purchases(store, brand)
        self._tags = MemberTags(store, brand)
        self._touchpoints = Touchpoints(store, brand)
        self._lifecycle = LifecycleReading(store, brand)
        self._consents = Consents(store, brand)
        self._recommendations = Recommendations(store, brand)

    async def declared(self) -> Sequence[DeclaredAttribute]:
        """The attributes that are kept of people."""
        return (await self._rules.current()).rules.declared()

    async def attributes(self, one_id: str) -> Sequence[Attribute]:
        """What survives of what her sources told."""
        own = self._caller.visibility.channels

        async def asked(one_ids: Sequence[str]) -> Sequence[Sequence[Attribute]]:
            version, rules = await self._rules.current()
            told = await self._told.of_people(one_ids)
            return [surviving(_of_channels(one, own), rules, version) for one in told]

        none: Sequence[Attribute] = ()
        return await self._of(("attributes", own), asked, one_id, none)

    async def statistics(self, one_id: str) -> MemberStatistics | None:
        """The figures of her orders, in the caller's channels."""
        none: MemberStatistics | None = None
        found = await self._of("statistics", self._purchases.statistics, one_id, none)
        own = self._caller.visibility.channels
        if found is None or own is None:
            return found
        # The inputs count the orders of all channels.
        shown = tuple(one for one in found.channels if one.channel_code in own)
        return replace(found, channels=shown, inputs=())

    async def affinity(self, one_id: str) -> MemberAffinity | None:
        """The categories that she buys, as of now; none of who refused to be profiled.

        Forbidden for a caller of some channels.
        """
        of_whole_brand(self._caller.visibility, "Affinity is computed over all channels.")

        async def asked(one_ids: Sequence[str]) -> Sequence[MemberAffinity | None]:
            found = await self._purchases.affinity(one_ids, self._owned.now())
            return await self._unless_refused(one_ids, found, None)

        return await self._of("affinity", asked, one_id, None)

    async def tags(self, one_id: str) -> Sequence[Tag]:
        """The words that staff put on her and that have not ended."""

        async def asked(one_ids: Sequence[str]) -> Sequence[Sequence[Tag]]:
            return await self._tags.of_people(one_ids, self._owned.now())

        none: Sequence[Tag] = ()
        if scope_of("MemberTag", self._caller.role) is None:
            return none
        return await self._of("tags", asked, one_id, none)

    async def touches(self, one_id: str, first: int) -> Sequence[Touch]:
        """The newest contacts with her; what was sent from here is of no channel."""
        own = self._caller.visibility.channels

        async def asked(one_ids: Sequence[str]) -> Sequence[tuple[Touch, ...]]:
            told = await self._touchpoints.of_people(one_ids, _MOST_TOUCHES, own)
            if own is not None:
                return told
            sent = await self._lifecycle.touches(one_ids, _MOST_TOUCHES)
            pairs = zip(told, sent, strict=True)
            return [newest(*pair, most=_MOST_TOUCHES) for pair in pairs]

        told: tuple[Touch, ...] = await self._of(("touches", own), asked, one_id, ())
        return newest(told, most=first)

    async def new_products(self, one_id: str, first: int) -> Sequence[Recommendation]:
        """New products of her categories, as of today where the retailer is.

        Forbidden for a caller of some channels: they rest on what she bought in all.
        """
        of_whole_brand(self._caller.visibility, "Recommendations rest on all channels.")
        today = self._owned.now().astimezone(self._owned.zone).date()

        async def asked(one_ids: Sequence[str]) -> Sequence[Sequence[Recommendation]]:
            found = await self._recommendations.new_products(one_ids, first, today)
            return await self._unless_refused(one_ids, found, ())

        none: Sequence[Recommendation] = ()
        return await self._of(("new_products", first, today), asked, one_id, none)

    async def tag(
        self, one_id: str | None, tag: str, expires_at: datetime | None, idempotency_key: str
    ) -> Tagging:
        """Put a word on a person."""
        if len(tag) > LONGEST_TAG:
            raise BadInput(f"`tag` must have 1 to {LONGEST_TAG} characters.")
        now, owned = self._owned.now(), self._owned
        if expires_at is not None and expires_at <= now:
            return TagDeclined(code="TAG_ENDED", path=("input", "expiresAt"))
        if one_id is None:
            return TagDeclined(code="MEMBER_UNKNOWN", path=("input", "member"))
        word = Tag(tag=tag, author=self._caller.subject, tagged_at=now, expires_at=expires_at)

        async def put(run: Run) -> Tagged:
            found = await self._tags.put_in(run, one_id, word, now)
            await audited(run, owned.brand, self._entry("member.tagged", one_id))
            return Tagged(brand=owned.brand, one_id=one_id, tags=found)

        return await self._wished(
            idempotency_key, ("tagMember", one_id, tag, expires_at), put, Tagged
        )

    async def untag(self, one_id: str | None, tag: str, idempotency_key: str) -> Tagging:
        """Take a word away."""
        if one_id is None:
            return TagDeclined(code="MEMBER_UNKNOWN", path=("input", "member"))
        now, brand = self._owned.now(), self._owned.brand

        async def take(run: Run) -> Tagged:
            found = await self._tags.take_in(run, one_id, tag, now)
            await audited(run, brand, self._entry("member.untagged", one_id))
            return Tagged(brand=brand, one_id=one_id, tags=found)

        return await self._wished(idempotency_key, ("untagMember", one_id, tag), take, Tagged)

    def _entry(self, action: str, one_id: str | None) -> Entry:
        """Who did it to whom; the word itself may say something of her and stays out."""
        caller = self._caller
        return Entry(action=action, actor=caller.subject, role=caller.role.value, about=one_id)

    async def record_touch(self, told: Touchpoint | None, idempotency_key: str) -> Touching:
        """Keep a touchpoint."""
        if told is None:
            return TouchDeclined(code="MEMBER_UNKNOWN", path=("input", "number"))

        async def record(run: Run) -> TouchRecorded:
            await self._touchpoints.record_in(run, [told], self._owned.now())
            facts = {"channel": told.channel, "number": told.number, "source": told.source}
            entry = replace(self._entry("touch.recorded", None), facts=facts)
            await audited(run, self._owned.brand, entry)
            return TouchRecorded(reference=told.reference)

        return await self._wished(idempotency_key, ("recordTouch", told), record, TouchRecorded)

    async def _wished(
        self, key: str, wish: Any, do: Callable[[Run], Awaitable[_T]], answer: type[_T]
    ) -> _T | IdempotencyKeyReused:
        who = (self._owned.brand, self._caller.subject, key)
        try:
            return await self._owned.store.transaction(
                lambda run: once(run, who, wish, answer, lambda: do(run))
            )
        except KeyReused:
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)

    async def _unless_refused(
        self, one_ids: Sequence[str], found: Sequence[_T], nothing: _T
    ) -> Sequence[_T]:
        """What is derived of people, but of those who refused to be profiled."""
        purpose, now = ConsentPurpose.PROFILING, self._owned.now()
        refused = await self._consents.refused(one_ids, purpose, now)
        return [nothing if no else one for one, no in zip(found, refused, strict=True)]

    async def _of(self, name: Any, ask: Any, one_id: str, missing: _T) -> _T:
        """What is kept of one person; nothing, and a notice, while the store is away."""
        try:
            found: _T = await self._request.load_with(name, ask, one_id)
        except StoreUnavailable as exc:
            self._request.notices[_PLATFORM] = SourceReport(
                name=_PLATFORM,
                status=SourceStatus.ERROR,
                code=exc.code,
                message="what the platform keeps of people is missing",
                retryable=True,
            )
            return missing
        return found


def _of_channels(told: Sequence[Observation], own: frozenset[str] | None) -> Sequence[Observation]:
    """What memberships of these channels told; what survives is chosen among that alone."""
    return told if own is None else [one for one in told if one.holder.channel in own]
