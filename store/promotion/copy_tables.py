"""The table of the platform's copy of promotions that systems own."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class PromotionCopyRow(SQLModel, table=True):
    """One promotion as its system said it last, whole, as JSON: it says nothing of anybody.

    What lists are cut by stands beside it. `newest` is its start in microseconds, negated: with
    channel, length and number it sorts as every list does. `read_at` is when its system was asked.
    """

    __tablename__ = "promotion_copies"
    __table_args__ = (
        Index("promotion_copies_place", "brand", "newest", "channel", "key_length", "number"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    key_length: int = Field(sa_type=Integer)
    newest: int = Field(sa_type=BigInteger)
    status: str = Field(sa_type=Text)
    starts_at: datetime | None = Field(default=None, sa_type=TIME)
    read_at: datetime = Field(sa_type=TIME)
    said: str = Field(sa_type=Text)
