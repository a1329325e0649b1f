"""The table of what webhooks told: which order, never what is in it."""

from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Boolean, Integer, Interval, Text, false
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class HookDeliveryRow(SQLModel, table=True):
    """One delivery, by the id that its sender gave it; `state` is WAITING, DONE or DEAD.

    `sequence` is its number among all of its sender's, where that counts them.
    """

    __tablename__ = "hook_deliveries"
    __table_args__ = (
        Index(None, "brand", "state", "due_at"),
        Index(None, "brand", "connector", "received_at"),
        Index(None, "brand", "connector", "sequence"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    delivery: str = Field(sa_type=KEY, primary_key=True)
    topic: str = Field(sa_type=Text)
    number: str | None = Field(default=None, sa_type=KEY)
    gone: bool = Field(sa_type=Boolean)
    state: str = Field(sa_type=Text)
    tries: int = Field(sa_type=Integer)
    reason: str | None = Field(default=None, sa_type=Text)
    received_at: datetime = Field(sa_type=TIME)
    due_at: datetime = Field(sa_type=TIME)
    sequence: int | None = Field(default=None, sa_type=BigInteger)


class HookWatchRow(SQLModel, table=True):
    """How one connector pushes: since when, when last, and its longest pause of the last week.

    `checked` is the number up to which there are no holes, or they were filled.
    """

    __tablename__ = "hook_watches"

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    begun_at: datetime = Field(sa_type=TIME)
    heard_at: datetime = Field(sa_type=TIME)
    longest: timedelta = Field(sa_type=Interval)
    longest_at: datetime = Field(sa_type=TIME)
    silent: bool = Field(
        default=False, sa_type=Boolean, sa_column_kwargs={"server_default": false()}
    )
    filled_at: datetime | None = Field(default=None, sa_type=TIME)
    checked: int | None = Field(default=None, sa_type=BigInteger)
