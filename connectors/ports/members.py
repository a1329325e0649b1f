"""Ports of the member capability."""

from collections.abc import Sequence

from capabilities.member.phone import normalise_phone
from capabilities.member.ports import (
    MembershipIdentitySource,
    MembershipSearch,
    MembershipSource,
)
from capabilities.member.records import Identity, IdentityKind, Membership, MembershipFilter
from capabilities.page import PageAsk, SourcePage
from connectors.manifest.model import Lookup
from connectors.ports.keys import by_keys, can_be
from connectors.ports.lists import Asked, search
from connectors.ports.port import Port, chunks, together

_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


class MembershipKeys(Port, MembershipSource):
    """Memberships by number."""

    async def memberships(self, numbers: Sequence[str]) -> Sequence[Membership | None]:
        """One membership per number."""
        return await by_keys(self, "memberships", "memberships", numbers, lambda one: one.number)


class MembershipIdentities(Port, MembershipIdentitySource):
    """Memberships by what a person shows: every row that comes back is compared again."""

    async def memberships_by_identity(
        self, identities: Sequence[Identity]
    ) -> Sequence[tuple[Membership, ...]]:
        """All memberships per identity, in the one order of lists."""
        known = [one for one in dict.fromkeys(identities) if one.kind in self.identity_kinds]
        found: dict[Identity, tuple[Membership, ...]] = {}
        if known:
            async with self._observed("memberships_by_identity", len(identities)), self._deadline():
                kinds = dict.fromkeys(one.kind for one in known)
                parts = [[one for one in known if one.kind is kind] for kind in kinds]
                answers = (self._of_kind(part) for part in parts)
                for answer in await together(answers, at_once=len(parts)):
                    found |= answer
        return [found.get(one, ()) for one in identities]

    async def _of_kind(
        self, identities: Sequence[Identity]
    ) -> dict[Identity, tuple[Membership, ...]]:
        bound = self._bound["memberships"]
        lookup = bound.compiled.section.by_identity[identities[0].kind.value]
        asked = [one for one in identities if can_be(lookup, one.value)]
        most = self.spec.limits.max_batch
        answers = await together(
            (
                bound.reader.by_keys(lookup, spelled(lookup, part))
                for part in chunks(asked, min(most, lookup.batch or most))
            ),
            at_once=self.spec.limits.max_concurrent,
        )
        rows = [row for answer in answers for row in answer]
        records = {one.key: one for one in bound.compiled.records(rows, bound.at)}
        by_value: dict[str | None, list[Membership]] = {}
        for one in sorted(records.values(), key=lambda one: one.sort_key.rank):
            by_value.setdefault(shown(one, identities[0].kind), []).append(one)
        by_value.pop(None, None)
        return {one: tuple(by_value.get(meant(one), ())) for one in identities}


class MembershipPages(Port, MembershipSearch):
    """Pages of memberships."""

    async def search_memberships(
        self, filters: MembershipFilter, ask: PageAsk
    ) -> SourcePage[Membership]:
        """Rows in the order of `Membership.sort_key`, strictly after the place asked."""
        values = {"home_store": filters.home_stores}
        asked = Asked(filters=filters, channels=filters.channels, values=values)
        page: SourcePage[Membership] = await search(
            self, "search_memberships", "memberships", asked, ask
        )
        return page


def spelled(lookup: Lookup, identities: Sequence[Identity]) -> list[str]:
    """Every way in which people type these values, as the manifest lists them."""
    found = (
        spelling.format_map(_forms(identity))
        for identity in identities
        for spelling in lookup.spellings
    )
    return list(dict.fromkeys(found))


def _forms(identity: Identity) -> dict[str, str]:
    value = identity.value
    national = value.removeprefix("+86") if identity.kind is IdentityKind.PHONE else value
    return {
        "value": value,
        "lower": value.lower(),
        "national": national,
        "wide": national.translate(_WIDE),
        "a": national[:3],
        "b": national[3:7],
        "c": national[7:],
    }


def shown(membership: Membership, kind: IdentityKind) -> str | None:
    """What a row shows of a kind, as it is compared; sources match more than they should."""
    contact = membership.contact
    if kind is IdentityKind.PHONE:
        return membership.phone
    if kind is IdentityKind.EMAIL:
        return (contact.email or "").casefold()
    if kind is IdentityKind.CARD_NO:
        return contact.card_number
    return membership.number


def meant(identity: Identity) -> str | None:
    """What is looked for, in the same form."""
    if identity.kind is IdentityKind.PHONE:
        return normalise_phone(identity.value)
    return identity.value.casefold() if identity.kind is IdentityKind.EMAIL else identity.value
