"""The platform's side of a comparison at the back door: its copies, asked by number."""

from collections.abc import Sequence
from typing import Any

from capabilities.adoption.looking import Ask
from capabilities.estate import Capability, ConnectorSpec
from store.member.copied_memberships import CopiedMemberships
from store.member.kept_memberships import KeptMemberships
from store.order.copied_orders import CopiedFrom, OrderCopies
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.promotion.copied_promotions import PromotionCopies, PromotionsFrom
from work.sampling import Copies


def copies_of(owned: Owned) -> Copies:
    """How the copies of a channel are asked."""
    keys = DataKeys(owned.brand, owned.sealer)
    kept = KeptMemberships(owned.store, owned.brand, keys)
    memberships = CopiedMemberships(owned.store, owned.brand, kept, owned.key)
    orders = OrderCopies(owned.store, owned.brand, keys)
    promotions = PromotionCopies(owned.store, owned.brand)

    def asked(capability: Capability, spec: ConnectorSpec, channel: str) -> Ask:
        if capability is Capability.MEMBER:
            members = memberships.of(spec.name, spec.system, (channel,))

            async def ask(numbers: Sequence[str]) -> Sequence[Any]:
                return await members.memberships(numbers)

            return ask
        if capability is Capability.PROMOTION:
            return promotions.of(PromotionsFrom(spec.name, spec.system, (channel,))).promotions
        holders = tuple(sorted(spec.codes(Capability.MEMBER)))
        return orders.of(CopiedFrom(spec.name, spec.system, (channel,), holders)).orders

    return asked
