"""The parts of the platform that work behind the door: who follows events, and what comes daily."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from msgspec import Struct

from store.owned import Owned
from work.consumers import Consumer
from work.copy_buyers import BUYERS, fill_copy_buyers
from work.flash import LAPSE, SWEEP_SHADOWS, lapse_reservations, sweep_shadows
from work.flash_orders import flash_orders
from work.lifecycle import SEND, SWEEP, lifecycle_stages, send_touches, sweep_lifecycle
from work.one_sided import WATCH_WRITES, watch_writes
from work.payments import MATCH, match_payments
from work.points import DRIFT, EXPIRY, measure_drift, policy_points, settle_points
from work.profile_figures import profile_figures
from work.profile_products import PRODUCTS, follow_products
from work.promotion_orders import promotion_orders
from work.promotions import CLOCK, COUPONS, follow_coupons, follow_promotions
from work.retention import NIGHTLY, forget_old
from work.sagas import WATCH, watch_sagas
from work.settings import WorkSettings
from work.usage import QUIET, measure_quiet


class Chore(Struct, frozen=True, kw_only=True):
    """Work that comes by the clock: `cron` has five or six fields, in UTC.

    It may run late, twice, or in two processes: what it does, it does once.
    """

    name: str
    cron: str
    run: Callable[[], Awaitable[None]]


def consumers_of(owned: Owned, owner_of: Callable[[str], str | None]) -> Sequence[Consumer]:
    """Everybody who follows the platform's events; `owner_of` names who owns a channel's orders."""
    return (
        profile_figures(owned),
        lifecycle_stages(owned),
        policy_points(owned),
        *flash_orders(owned, owner_of),
        promotion_orders(owned),
    )


def chores_of(owned: Owned, settings: WorkSettings) -> Sequence[Chore]:
    """Everything that comes by the clock."""
    return (
        Chore(name="sweep_lifecycle", cron=SWEEP, run=partial(sweep_lifecycle, owned)),
        Chore(name="settle_points", cron=EXPIRY, run=partial(settle_points, owned)),
        Chore(name="follow_coupons", cron=COUPONS, run=partial(follow_coupons, owned)),
        Chore(name="follow_promotions", cron=CLOCK, run=partial(follow_promotions, owned)),
        Chore(name="profile_products", cron=PRODUCTS, run=partial(follow_products, owned)),
        Chore(name="forget_old", cron=NIGHTLY, run=partial(forget_old, owned)),
        Chore(name="measure_points_drift", cron=DRIFT, run=partial(measure_drift, owned)),
        Chore(name="lapse_reservations", cron=LAPSE, run=partial(lapse_reservations, owned)),
        Chore(name="match_payments", cron=MATCH, run=partial(match_payments, owned)),
        Chore(name="sweep_shadows", cron=SWEEP_SHADOWS, run=partial(sweep_shadows, owned)),
        Chore(name="measure_quiet", cron=QUIET, run=partial(measure_quiet, owned)),
        Chore(name="watch_sagas", cron=WATCH, run=partial(watch_sagas, owned)),
        Chore(name="fill_copy_buyers", cron=BUYERS, run=partial(fill_copy_buyers, owned)),
        Chore(name="watch_writes", cron=WATCH_WRITES, run=partial(watch_writes, owned)),
        Chore(name="send_touches", cron=SEND, run=partial(send_touches, owned, settings)),
    )
