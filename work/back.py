"""Everything that the back door works with, opened for as long as it works."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from msgspec import Struct

from cache.waking import Waking
from capabilities.adoption.gates_file import read_gates
from capabilities.estate import Capability, ConnectorSpec
from store.adoption.evidence import EvidenceRows
from store.adoption.followed import Adoption, opened_adoption
from store.adoption.steering import Steering
from store.commands import Commands
from store.copied.copying import open_copied
from store.copied.rows import CopiedRows
from store.engine import Store
from store.flash.quotas import Quotas
from store.flash.stock_commands import StockCommands
from store.member.echoes import Echoes
from store.member.taking import open_intake
from store.order.commands import OrderCommands
from store.order.copies import order_copying
from store.order.facts import OrderFacts
from store.order.hook_watches import HookWatches
from store.order.hooks import HookDeliveries
from store.order.settles import settles_of
from store.owned import Owned, owned_by
from store.privacy.data_keys import DataKeys
from store.product.crosswalk import Crosswalk
from store.promotion.copies import PromotionCopying
from store.syncing.copied_channels import CopiedChannels
from store.syncing.streams import Streams
from work.adoption_watch import BackWatch
from work.commands import Relay
from work.contracts import ContractChecks
from work.copied_sides import copies_of
from work.copying import Copying
from work.fed import Fed
from work.flash_orders import FlashToSystems
from work.hook_gaps import HookGaps
from work.hooks import Hooked
from work.kept_open import KeptOpen
from work.messages import Messages
from work.opening import Openings
from work.order_commands import OrderRelay
from work.promotion_taking import PromotionTaker
from work.quotas import QuotaWatch
from work.reconciling import Reconciling
from work.sampling import Sampling
from work.settings import WorkSettings
from work.shadowing import Shadowing
from work.stock_commands import StockRelay
from work.streams import Taken
from work.syncing import Syncing
from work.taking import MemberTaker, OrderTaker, Taker
from work.told import Told

_STORE_SECONDS = 60.0


class Back(Struct, frozen=True):
    """The store as owned, the copy, and the streams of the connectors in force.

    `spec_of` gives a connector of the plan, `order_owner` names who owns the orders of a channel.
    """

    owned: Owned
    copied: CopiedRows
    taken: Taken
    relay: Relay
    order_relay: OrderRelay
    stock_relay: StockRelay
    quota_watch: QuotaWatch
    spec_of: Callable[[str], ConnectorSpec | None]
    hooked: Hooked
    hook_gaps: HookGaps
    messages: Messages
    flash: FlashToSystems
    order_owner: Callable[[str], str | None]
    adoption: Adoption
    reconciling: Reconciling
    shadowing: Shadowing
    contracts: ContractChecks
    watch: BackWatch


@asynccontextmanager
async def opened_back(settings: WorkSettings, told: Told, connections: int) -> AsyncIterator[Back]:
    """Open the store and what stands on it; nothing is asked of any system yet."""
    own = settings.keys()
    plan = told.plan
    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=connections)
    try:
        owned = owned_by(store, plan.brand, own, plan.time_zone)
        copied = open_copied(store, plan.brand, own)
        facts, crosswalk = OrderFacts(store, plan.brand), Crosswalk(store, plan.brand)
        intake, keys = open_intake(plan.brand, own), DataKeys(plan.brand, owned.sealer)
        takers: dict[Capability, Taker] = {
            Capability.MEMBER: MemberTaker(intake, Echoes(owned, keys, intake), owned.now),
            Capability.ORDER: OrderTaker(facts, crosswalk, owned.zone, order_copying(owned)),
            Capability.PROMOTION: PromotionTaker(PromotionCopying(plan.brand)),
        }
        streams = Streams(store, plan.brand)
        async with (
            Openings(settings, store, plan.brand, copied, owned.zone) as openings,
            Waking(openings.near, plan.brand, hears=False) as waking,
            opened_adoption(owned) as adoption,
            KeptOpen(openings.opened, openings.ready, told.spec) as kept,
        ):
            store.told = waking.tell
            syncing = Syncing(store, streams, takers, now=owned.now)
            commands = Commands(store, plan.brand, keys)
            relay = Relay(owned, commands, intake, told.spec, kept.opened)
            written = OrderCommands(store, plan.brand, keys)
            orders = OrderRelay(owned, written, settles_of(owned), told.spec, kept.opened)
            deliveries = HookDeliveries(store, plan.brand)
            hooked = Hooked(owned, deliveries, takers[Capability.ORDER], told.spec, kept.opened)
            channels, evidence = CopiedChannels(store, plan.brand), EvidenceRows(store, plan.brand)
            copying = Copying(channels, evidence, lambda: adoption.current)
            taken = Taken(told, streams, syncing, openings, copying, Fed(owned))
            flash = FlashToSystems(owned, lambda: told.plan.connectors, kept.opened)
            pushed = StockCommands(store, plan.brand)
            stock = StockRelay(owned, pushed, told.spec, kept.opened)
            watch = QuotaWatch(Quotas(store, plan.brand, owned.now), told.spec, kept.opened)
            pushing = (hooked, _gaps(owned, told, taken), _messages(owned, told, openings, kept))
            level = Reconciling(owned, keys, intake, lambda: told.plan.connectors, openings.opened)
            parts = (relay, orders, stock, watch, told.spec, *pushing, flash, told.order_owner)
            sampling = Sampling(owned, openings, copies_of(owned), settings.adoption_lag_seconds)
            keys_each = settings.adoption_sample_keys
            shadow = Shadowing(owned, adoption, sampling, told.owner, openings.system_of, keys_each)
            by_clock = _by_clock(settings, owned, adoption, told, openings)
            yield Back(owned, copied, taken, *parts, adoption, level, shadow, *by_clock)
    finally:
        await store.aclose()


def _by_clock(
    settings: WorkSettings, owned: Owned, adoption: Adoption, told: Told, openings: Openings
) -> tuple[ContractChecks, BackWatch]:
    """What looks after adopted channels under the retailer's own gates."""
    table = read_gates(settings.adoption_gates)
    checks = ContractChecks(owned, adoption, lambda: told.plan.connectors, openings.opened, table)
    return checks, BackWatch(Steering(owned, table), adoption)


def _gaps(owned: Owned, told: Told, taken: Taken) -> HookGaps:
    """Gaps in what is pushed are filled by a pass over what changed."""
    watches = HookWatches(owned.store, owned.brand)
    fill = partial(taken.once, capability=Capability.ORDER)
    return HookGaps(owned, watches, lambda: told.plan.connectors, fill)


def _messages(owned: Owned, told: Told, openings: Openings, kept: KeptOpen) -> Messages:
    """Queues of systems are emptied into the same deliveries as webhooks."""
    deliveries = HookDeliveries(owned.store, owned.brand)
    return Messages(owned, deliveries, lambda: told.plan.connectors, kept.opened, openings.systems)
