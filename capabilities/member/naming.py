"""Names of people: a OneID follows from what a person shows, so every order gives the same.

A person is named by a verified personal phone of hers, else by her first membership. Whatever she
could be named by leads to her, so an id that was once given out finds her for ever.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec import Struct

from capabilities.member.claims import Claim, Key
from capabilities.member.identity_rules import IdentityRules
from capabilities.member.records import IdentityKind
from capabilities.member.resolution import Resolution
from capabilities.member.resolving import counts


class Names(Struct, frozen=True):
    """The id of every membership's person, and other ids that lead to a person."""

    ids: Mapping[Key, str]
    aliases: Mapping[str, str]


def name_people(
    resolution: Resolution,
    claims: Collection[Claim],
    rules: IdentityRules,
    *,
    own_id: Callable[[Key], str],
    id_of: Callable[[bytes], str],
    former: Mapping[Key, str],
    older: Mapping[str, str],
    taken: Collection[str] = frozenset(),
) -> Names:
    """Ids for the people of whole components.

    `former` says under which id each membership stood, `older` which aliases led to these ids;
    `own_id` names a membership by itself, `id_of` a phone by its keyed hash. `taken` ids lead to
    people elsewhere: a number that changed its owner names the new one no more.
    """
    holders = _holders(claims, rules, resolution.shared)
    phones: dict[Key, list[bytes]] = {}
    for digest, key in holders.items():
        phones.setdefault(key, []).append(digest)
    ids: dict[Key, str] = {}
    aliases: dict[str, str] = {}
    for person in resolution.people:
        owned = sorted(digest for key in person for digest in phones.get(key, ()))
        own = [one for one in map(id_of, owned) if one not in taken]
        named = own[0] if own else own_id(person[0])
        ids.update(dict.fromkeys(person, named))
        aliases.update(dict.fromkeys(own[1:], named))
    left = _left_over(ids, former, older)
    if left:
        homes = _homes(ids, claims, own_id, id_of)
        aliases.update(_led(left, homes, ids, former, older))
    for current in set(ids.values()):
        aliases.pop(current, None)
    return Names(ids, aliases)


def _holders(
    claims: Iterable[Claim], rules: IdentityRules, shared: frozenset[bytes]
) -> dict[bytes, Key]:
    """Whom a personal phone names: the first of those who show it."""
    rule = rules.of(IdentityKind.PHONE)
    found: dict[bytes, Key] = {}
    for claim in claims:
        if claim.kind is IdentityKind.PHONE and counts(claim, rule) and claim.hash not in shared:
            key = found.get(claim.hash)
            found[claim.hash] = claim.key if key is None else min(key, claim.key)
    return found


def _left_over(
    ids: Mapping[Key, str], former: Mapping[Key, str], older: Mapping[str, str]
) -> list[str]:
    current = set(ids.values())
    return sorted({*former.values(), *older} - current)


def _homes(
    ids: Mapping[Key, str],
    claims: Iterable[Claim],
    own_id: Callable[[Key], str],
    id_of: Callable[[bytes], str],
) -> dict[str, str]:
    """Where each possible id leads: a phone that is shown before one that no longer is."""
    homes = {own_id(key): named for key, named in ids.items()}
    shown = [claim for claim in claims if claim.kind is IdentityKind.PHONE]
    for claim in sorted(shown, key=lambda one: (one.gone, one.barred, not one.verified, one.key)):
        homes.setdefault(id_of(claim.hash), ids[claim.key])
    return homes


def _led(
    left: Iterable[str],
    homes: Mapping[str, str],
    ids: Mapping[Key, str],
    former: Mapping[Key, str],
    older: Mapping[str, str],
) -> dict[str, str]:
    """The person of every id that is nobody's any more."""
    heirs: dict[str, str] = {}
    for key in sorted(former):
        heirs.setdefault(former[key], ids[key])
    return {
        old: homes.get(old) or heirs.get(old) or heirs[older[old]]
        for old in left
        if old in homes or old in heirs or older.get(old) in heirs
    }
