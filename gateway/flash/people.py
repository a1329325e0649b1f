"""Who a membership is in a sale: as the store knows her, else by the id that it has anywhere."""

from collections.abc import Sequence

from capabilities.caller import MembershipKey
from capabilities.member.person import derive_one_id, key_identity
from store.member.members import Members
from store.owned import Owned


async def one_ids(owned: Owned, keys: Sequence[MembershipKey]) -> list[str]:
    """The OneID behind each membership, in order."""
    people = await Members(owned.store, owned.brand).by_membership(keys)
    return [
        _derived(owned, key) if person is None else person.one_id
        for key, person in zip(keys, people, strict=True)
    ]


def _derived(owned: Owned, key: MembershipKey) -> str:
    return derive_one_id(owned.key, owned.brand, key_identity(key.channel, key.number))
