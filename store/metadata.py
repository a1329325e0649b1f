"""All tables together, whichever module describes them."""

from sqlmodel import SQLModel

from store import (
    access_tables,
    campaign_tables,
    command_tables,
    copied_tables,
    event_tables,
    flash_tables,
    lifecycle_tables,
    member_tables,
    order_tables,
    points_tables,
    privacy_tables,
    profile_tables,
    segment_tables,
    suggestion_tables,
    sync_tables,
    tables,
    touch_tables,
)

TABLES = (
    tables,
    access_tables,
    command_tables,
    copied_tables,
    privacy_tables,
    event_tables,
    flash_tables,
    member_tables,
    order_tables,
    profile_tables,
    segment_tables,
    suggestion_tables,
    touch_tables,
    lifecycle_tables,
    campaign_tables,
    points_tables,
    sync_tables,
)
METADATA = SQLModel.metadata
