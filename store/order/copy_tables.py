"""Tables of the platform's copy of orders that systems own: for channels that are being adopted."""

from datetime import datetime

from sqlalchemy import BigInteger, Integer, LargeBinary, Text, text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME

_PLACE = ("newest", "channel", "key_length", "number")


class OrderCopyRow(SQLModel, table=True):
    """One order as its system said it last, whole and sealed under the data key of `owner`.

    `buyer` is a keyed hash of the customer of one that was made under no membership.

    What lists are cut by stands beside it. `newest` is when it was placed in microseconds, negated:
    with channel, length and number it sorts as every list does. `read_at` is when its system was
    asked.
    """

    __tablename__ = "order_copies"
    __table_args__ = (
        Index("order_copies_place", "brand", *_PLACE),
        Index(
            "order_copies_buyer",
            "brand",
            "buyer",
            postgresql_where=text("holder_number IS NULL"),
        ),
        Index("order_copies_holder", "brand", "holder_number", "holder_channel", *_PLACE),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    key_length: int = Field(sa_type=Integer)
    newest: int = Field(sa_type=BigInteger)
    holder_number: str | None = Field(default=None, sa_type=KEY)
    holder_channel: str | None = Field(default=None, sa_type=KEY)
    store: str | None = Field(default=None, sa_type=KEY)
    kind: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    payment_status: str = Field(sa_type=Text)
    fulfillment_status: str = Field(sa_type=Text)
    placed_at: datetime | None = Field(default=None, sa_type=TIME)
    read_at: datetime = Field(sa_type=TIME)
    owner: str = Field(sa_type=KEY)
    buyer: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed_order: bytes = Field(sa_type=LargeBinary)
