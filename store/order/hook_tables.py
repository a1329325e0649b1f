"""The table of what webhooks told: which order, never what is in it."""

from datetime import datetime

from sqlalchemy import Boolean, Integer, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class HookDeliveryRow(SQLModel, table=True):
    """One delivery, by the id that its sender gave it; `state` is WAITING, DONE or DEAD."""

    __tablename__ = "hook_deliveries"
    __table_args__ = (
        Index(None, "brand", "state", "due_at"),
        Index(None, "brand", "connector", "received_at"),
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
