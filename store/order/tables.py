"""Tables of what the platform keeps of orders."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class OrderFactRow(SQLModel, table=True):
    """What is known of one order; `content` is a hash of all that its source told of it.

    `read_at` is when its source was asked; None where the platform itself says it.
    """

    __tablename__ = "order_facts"
    __table_args__ = (
        Index(None, "brand", "holder_number", "holder_channel"),
        Index(None, "brand", "placed_at"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY)
    holder_number: str | None = Field(default=None, sa_type=KEY)
    holder_channel: str | None = Field(default=None, sa_type=KEY)
    store: str | None = Field(default=None, sa_type=KEY)
    placed_at: datetime | None = Field(default=None, sa_type=TIME)
    business_date: date | None = Field(default=None, sa_type=Date)
    kind: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    payment_status: str = Field(sa_type=Text)
    currency: str | None = Field(default=None, sa_type=Text)
    paid: int = Field(sa_type=BigInteger)
    refunded: int = Field(sa_type=BigInteger)
    lines: list[Any] = Field(sa_type=JSONB)
    gone: bool = Field(sa_type=Boolean)
    content: bytes = Field(sa_type=LargeBinary)
    recorded_at: datetime = Field(sa_type=TIME)
    read_at: datetime | None = Field(default=None, sa_type=TIME)
