"""Tables of what changed, of who was told of it, and of wishes that were answered."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Identity, LargeBinary, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class EventRow(SQLModel, table=True):
    """A change, written by the transaction that made it; rows are only added and forgotten.

    A position may become visible after a higher one. Readers therefore go by the transaction
    first, and never beyond one that is still open.
    """

    __tablename__ = "events"
    __table_args__ = (Index(None, "brand", "xid", "position"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    position: int = Field(
        sa_column=Column(BigInteger, Identity(always=True), primary_key=True, nullable=False)
    )
    xid: int = Field(sa_type=BigInteger)
    topic: str = Field(sa_type=Text)
    channel: str = Field(sa_type=KEY)
    key: str = Field(sa_type=KEY)
    at: datetime = Field(sa_type=TIME)


class EventFloorRow(SQLModel, table=True):
    """The last place of a topic whose event was forgotten; a trigger on `events` writes it.

    Who goes on after an earlier place may have missed something.
    """

    __tablename__ = "event_floors"

    brand: str = Field(sa_type=KEY, primary_key=True)
    topic: str = Field(sa_type=KEY, primary_key=True)
    xid: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)


class EventConsumerRow(SQLModel, table=True):
    """How far one consumer has read: the last event whose effect is committed."""

    __tablename__ = "event_consumers"

    brand: str = Field(sa_type=KEY, primary_key=True)
    consumer: str = Field(sa_type=KEY, primary_key=True)
    xid: int = Field(sa_type=BigInteger)
    position: int = Field(sa_type=BigInteger)
    read_at: datetime = Field(sa_type=TIME)


class WishRow(SQLModel, table=True):
    """A mutation that was answered: its author's key, a hash of its input, and the answer."""

    __tablename__ = "wishes"

    brand: str = Field(sa_type=KEY, primary_key=True)
    author: str = Field(sa_type=KEY, primary_key=True)
    idempotency_key: str = Field(sa_type=KEY, primary_key=True)
    wish: bytes = Field(sa_type=LargeBinary)
    answer: bytes = Field(sa_type=LargeBinary)
    at: datetime = Field(sa_type=TIME)
