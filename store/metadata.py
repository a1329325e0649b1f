"""All tables together, whichever module describes them."""

from sqlmodel import SQLModel

from store import command_tables, event_tables, tables
from store.access import tables as access_tables
from store.adoption import comparison_tables, drift_tables
from store.adoption import tables as adoption_tables
from store.copied import tables as copied_tables
from store.flash import order_tables as flash_order_tables
from store.flash import tables as flash_tables
from store.flash import tally_tables
from store.lifecycle import campaign_tables
from store.lifecycle import tables as lifecycle_tables
from store.member import conflict_tables, written_tables
from store.member import tables as member_tables
from store.order import command_tables as order_command_tables
from store.order import copy_tables, held_tables, hook_tables, saga_tables
from store.order import tables as order_tables
from store.points import tables as points_tables
from store.privacy import tables as privacy_tables
from store.profile import segment_tables, suggestion_tables, touch_tables
from store.profile import tables as profile_tables
from store.promotion import copy_tables as promotion_copy_tables
from store.promotion import coupon_tables, reward_tables
from store.promotion import tables as promotion_tables
from store.syncing import tables as sync_tables
from store.usage import tables as usage_tables

TABLES = (
    tables,
    access_tables,
    adoption_tables,
    comparison_tables,
    drift_tables,
    command_tables,
    copied_tables,
    privacy_tables,
    event_tables,
    flash_tables,
    tally_tables,
    flash_order_tables,
    member_tables,
    written_tables,
    conflict_tables,
    order_tables,
    copy_tables,
    hook_tables,
    held_tables,
    order_command_tables,
    saga_tables,
    profile_tables,
    segment_tables,
    suggestion_tables,
    touch_tables,
    lifecycle_tables,
    campaign_tables,
    points_tables,
    promotion_tables,
    promotion_copy_tables,
    coupon_tables,
    reward_tables,
    sync_tables,
    usage_tables,
)
METADATA = SQLModel.metadata
