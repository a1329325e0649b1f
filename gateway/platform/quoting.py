"""Quotes as one caller asks them: goods, buyer and uses looked up, the rest a pure function."""

from collections.abc import Sequence
from datetime import timedelta

from capabilities.caller import Caller, Role
from capabilities.errors import BadInput, Forbidden
from capabilities.estate import Capability
from capabilities.member.records import Member
from capabilities.order.quoted import Quoted
from capabilities.pricing.cart import Cart, CartLine, Usage
from capabilities.pricing.pricing import quote
from capabilities.product.records import ProductCode
from capabilities.promotion.quoting import AskedLine, QuoteAsk, ShownQuote, shown_quote
from capabilities.promotion.settling import Settled, discounts_of, gifts_of
from gateway.federation.asking import Request
from gateway.platform.known_goods import KnownGoods
from gateway.platform.known_promotions import KnownPromotions, Policy
from gateway.platform.points import PointsReading
from gateway.platform.quote_token import Frozen, frozen_of, token_of
from store.owned import Owned
from store.promotion.buyers import has_bought
from store.promotion.coupons import Coupons
from store.promotion.uses import PromotionUses

# How long an order may go by a quote.
_HOLDS = timedelta(minutes=30)


class Quoting:
    """The quotes of one caller."""

    def __init__(
        self,
        owned: Owned,
        caller: Caller,
        request: Request,
        known: KnownPromotions,
        goods: KnownGoods,
        points: PointsReading,
    ) -> None:
        self._owned = owned
        self._caller = caller
        self._request = request
        self._known = known
        self._goods = goods
        self._points = points
        self._uses = PromotionUses(owned)
        self._coupons = Coupons(owned)

    async def quote(self, ask: QuoteAsk, buyer: Member | None) -> ShownQuote:
        """What a cart costs this buyer here and now."""
        channel = self._request.estate.channel(ask.channel)
        if channel is None or not self._caller.visibility.in_channel(ask.channel):
            raise BadInput("there is no such channel", code="CHANNEL_UNKNOWN")
        if ask.facts and self._caller.role is Role.CONSUMER:
            raise Forbidden("Facts of an occasion are told by front ends of the retailer.")
        policy = await self._known.current()
        frozen = Frozen(
            policy=policy.number,
            cart=await self._cart(ask),
            channel=ask.channel,
            at=self._owned.now(),
            zone=channel.time_zone,
            store=ask.store,
            scene=ask.scene,
            tiers=await self._tiers(buyer),
            first_purchase=await self._first(policy, buyer),
            usage=await self._usage(policy, ask, buyer),
            facts=dict(ask.facts),
            coupons=tuple(sorted(await self._coupons.templates_of(ask.units))),
            one_id=None if buyer is None else buyer.one_id,
            units=ask.units,
        )
        return self._shown(frozen, policy, token_of(frozen, self._owned.sealer, self._owned.brand))

    async def again(self, token: str) -> ShownQuote | None:
        """The quote of a token as it was; None where it is none of ours."""
        frozen = self._frozen(token)
        if frozen is None:
            return None
        return self._shown(frozen, await self._known.at(frozen.policy), token)

    async def quoted(self, token: str) -> Quoted | None:
        """A quote as an order takes it; None where it is none of ours, or too old to order by."""
        frozen = self._frozen(token)
        if frozen is None or self._owned.now() - frozen.at > _HOLDS:
            return None
        policy = await self._known.at(frozen.policy)
        found = quote(policy.book, frozen.cart, frozen.occasion)
        settled = Settled(
            quote=found,
            cart=frozen.cart,
            at=frozen.at,
            policy=frozen.policy,
            channel=frozen.channel,
            store=frozen.store,
            one_id=frozen.one_id,
            units=frozen.units,
            discounts=discounts_of(found, policy.plans),
            gifts=gifts_of(found),
        )
        return Quoted(settled=settled, plans=policy.plans)

    def _frozen(self, token: str) -> Frozen | None:
        """What a token says to this caller; another's channel is nothing to her."""
        frozen = frozen_of(token, self._owned.sealer, self._owned.brand)
        seen = frozen is not None and self._caller.visibility.in_channel(frozen.channel)
        return frozen if seen else None

    def _shown(self, frozen: Frozen, policy: Policy, token: str) -> ShownQuote:
        found = quote(policy.book, frozen.cart, frozen.occasion)
        return shown_quote(
            found, frozen.cart, policy.plans, at=frozen.at, policy=policy.number, token=token
        )

    async def _cart(self, ask: QuoteAsk) -> Cart:
        skus = await self._skus(ask)
        known = [sku for sku in skus if sku is not None]
        paths = dict(zip(known, await self._goods.categories(known), strict=True))
        lines = []
        for line, sku in zip(ask.lines, skus, strict=True):
            path = None if sku is None else paths[sku]
            # what is no product of ours matches no sku and no category
            name = "" if sku is None or path is None else sku
            lines.append(
                CartLine(
                    ref=line.ref,
                    sku=name,
                    unit_price=line.unit_price,
                    quantity=line.quantity,
                    category=path or (),
                )
            )
        return Cart(lines=tuple(lines), shipping=ask.shipping, currency=ask.currency)

    async def _skus(self, ask: QuoteAsk) -> Sequence[str | None]:
        """The sku of each line: as it was given, or by the crosswalk of the channel's system."""
        codes = {
            line.ref: self._code(ask.channel, line)
            for line in ask.lines
            if line.sku is None and line.code is not None
        }
        found: dict[str, str | None] = {}
        if codes:
            skus = await self._goods.skus(list(codes.values()))
            found = dict(zip(codes, skus, strict=True))
        return [found.get(line.ref) if line.sku is None else line.sku for line in ask.lines]

    def _code(self, channel: str, line: AskedLine) -> ProductCode:
        route = self._request.estate.route(Capability.ORDER, channel)
        return ProductCode(
            connector="" if route is None else route.name,
            system="" if route is None else route.spec.system,
            kind=line.code_kind,
            code=line.code or "",
        )

    async def _tiers(self, buyer: Member | None) -> dict[str, str]:
        """Her tier by programme; of memberships whose system names no programme by channel."""
        found = {}
        for one in () if buyer is None else buyer.memberships:
            ours = await self._points.ours(one.channel)
            tier = await self._points.tier(one)
            if tier is not None and tier.code is not None:
                code = one.programme or one.channel if ours is None else ours.programme.code
                found[code] = tier.code
        return found

    async def _first(self, policy: Policy, buyer: Member | None) -> bool:
        """Whether she has bought nothing before; asked only where a promotion wants to know."""
        if buyer is None or not policy.asks_first:
            return False
        return not await has_bought(self._owned.store, self._owned.brand, buyer.one_id)

    async def _usage(self, policy: Policy, ask: QuoteAsk, buyer: Member | None) -> dict[str, Usage]:
        one_id = None if buyer is None else buyer.one_id
        return await self._uses.usage(policy.limited, one_id, ask.store)
