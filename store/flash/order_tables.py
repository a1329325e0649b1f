"""The table that joins reservations of flash sales to the orders they became."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class FlashOrderRow(SQLModel, table=True):
    """The order of one reservation; `connector` is empty where the platform holds it.

    `command` places it in the system that owns its channel's orders, which gives its number.
    """

    __tablename__ = "flash_orders"
    __table_args__ = (
        Index(None, "brand", "number", "channel", unique=True),
        Index(None, "brand", "command"),
        Index(
            "flash_orders_due",
            "brand",
            "connector",
            "made_at",
            postgresql_where=text("state IN ('WAITING', 'LATE')"),
        ),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    reservation: UUID = Field(sa_type=Uuid, primary_key=True)
    channel: str = Field(sa_type=KEY)
    number: str | None = Field(default=None, sa_type=KEY)
    connector: str | None = Field(default=None, sa_type=KEY)
    command: str | None = Field(default=None, sa_type=KEY)
    state: str = Field(sa_type=Text)
    moved_to: UUID | None = Field(default=None, sa_type=Uuid)
    made_at: datetime = Field(sa_type=TIME)
    changed_at: datetime = Field(sa_type=TIME)
