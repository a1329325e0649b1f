"""The table of commands of orders. What one says of a person is sealed under its owner's key."""

from datetime import datetime

from sqlalchemy import Boolean, Integer, LargeBinary, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class OrderCommandRow(SQLModel, table=True):
    """One change of one order, on its way to its system; `reason` is a code.

    `subject` is the order's number, or the id of its PLACE where it has none yet; `number` and
    `document` are what the system gave out.
    """

    __tablename__ = "order_commands"
    __table_args__ = (
        Index("order_commands_due", "brand", "state", "next_at"),
        Index("order_commands_subject", "brand", "channel", "subject"),
        Index("order_commands_number", "brand", "channel", "number"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY)
    channel: str = Field(sa_type=KEY)
    kind: str = Field(sa_type=Text)
    subject: str = Field(sa_type=KEY)
    number: str | None = Field(default=None, sa_type=KEY)
    document: str | None = Field(default=None, sa_type=KEY)
    owner: str = Field(sa_type=KEY)
    sealed_write: bytes | None = Field(default=None, sa_type=LargeBinary)
    state: str = Field(sa_type=Text)
    unsure: bool = Field(sa_type=Boolean)
    attempts: int = Field(sa_type=Integer)
    reason: str | None = Field(default=None, sa_type=Text)
    author: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=TIME)
    changed_at: datetime = Field(sa_type=TIME)
    next_at: datetime = Field(sa_type=TIME)
    leased_until: datetime | None = Field(default=None, sa_type=TIME)
