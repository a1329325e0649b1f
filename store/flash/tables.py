"""Tables of flash sales. They are the truth of what is sold; nothing else is asked about it.

A unit of stock is at every moment in exactly one place: left in a bucket, or in a reservation that
was not released. `allocated` of a bucket is what was put into it, less what was moved out.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Float, Integer, Text, Uuid, text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class FlashSaleRow(SQLModel, table=True):
    """One sale, or the shadow of one in which it is rehearsed."""

    __tablename__ = "flash_sales"

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    sku: str = Field(sa_type=Text)
    price: int = Field(sa_type=BigInteger)
    currency: str = Field(sa_type=Text)
    per_member: int = Field(sa_type=Integer)
    payment_seconds: int = Field(sa_type=Integer)
    opens_at: datetime = Field(sa_type=TIME)
    closes_at: datetime = Field(sa_type=TIME)
    state: str = Field(sa_type=Text)
    version: int = Field(sa_type=Integer)
    on_hand: int | None = Field(default=None, sa_type=BigInteger)
    safety: int | None = Field(default=None, sa_type=BigInteger)
    elsewhere: int | None = Field(default=None, sa_type=BigInteger)
    shadow_of: str | None = Field(default=None, sa_type=KEY)
    target_units: int | None = Field(default=None, sa_type=BigInteger)
    target_amount: int | None = Field(default=None, sa_type=BigInteger)


class FlashMovementRow(SQLModel, table=True):
    """One side of a movement of stock between two places of a sale: the two make nothing together.

    A place is a pool, a quota that a channel sells in its own cart, or what the stock comes from.
    """

    __tablename__ = "flash_movements"

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    place: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    units: int = Field(sa_type=BigInteger)
    moved_at: datetime = Field(sa_type=TIME)


class FlashQuotaRow(SQLModel, table=True):
    """What a channel sells of a sale in its own cart, and what its system said of it last."""

    __tablename__ = "flash_quotas"

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    pool: str = Field(sa_type=KEY)
    connector: str = Field(sa_type=KEY)
    kind: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    units: int = Field(sa_type=BigInteger)
    sold: int = Field(sa_type=BigInteger)
    left: int | None = Field(default=None, sa_type=BigInteger)
    counted: bool = Field(sa_type=Boolean)
    pushed_at: datetime = Field(sa_type=TIME)
    looked_at: datetime | None = Field(default=None, sa_type=TIME)


class StockCommandRow(SQLModel, table=True):
    """One thing that a system is told of its stock, on its way; `reason` is a code."""

    __tablename__ = "stock_commands"
    __table_args__ = (
        Index("stock_commands_due", "brand", "state", "next_at"),
        Index("stock_commands_sale", "brand", "sale", "channel", "created_at"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY)
    channel: str = Field(sa_type=KEY)
    sale: str = Field(sa_type=KEY)
    kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    unsure: bool = Field(sa_type=Boolean)
    attempts: int = Field(sa_type=Integer)
    reason: str | None = Field(default=None, sa_type=Text)
    author: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=TIME)
    changed_at: datetime = Field(sa_type=TIME)
    next_at: datetime = Field(sa_type=TIME)
    leased_until: datetime | None = Field(default=None, sa_type=TIME)


class FlashStockRow(SQLModel, table=True):
    """A part of a sale's stock: each process that sells has a bucket of its own in every pool.

    Whatever puts something into a pool that was not there raises `version`, so that a "sold out"
    of before is known to be late.
    """

    __tablename__ = "flash_stock"
    __table_args__ = (CheckConstraint("remaining >= 0", name="flash_stock_remaining_check"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    pool: str = Field(sa_type=KEY, primary_key=True)
    bucket: int = Field(sa_type=Integer, primary_key=True)
    remaining: int = Field(sa_type=BigInteger)
    allocated: int = Field(sa_type=BigInteger)
    version: int = Field(default=0, sa_type=BigInteger)


class FlashHomeRow(SQLModel, table=True):
    """Whose a bucket is, and until when; the stock in one that nobody holds is anybody's."""

    __tablename__ = "flash_homes"

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    bucket: int = Field(sa_type=Integer, primary_key=True)
    holder: str = Field(sa_type=Text)
    held_until: datetime = Field(sa_type=TIME)


class FlashBuyerRow(SQLModel, table=True):
    """How many one buyer has, whichever bucket they came from."""

    __tablename__ = "flash_buyers"

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    member: str = Field(sa_type=KEY, primary_key=True)
    quantity: int = Field(sa_type=Integer)


class FlashProposalRow(SQLModel, table=True):
    """A step of a sale that one person proposed and another confirms."""

    __tablename__ = "flash_proposals"
    __table_args__ = (
        CheckConstraint("confirmed_by <> proposed_by", name="flash_proposals_two_people"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY)
    step: str = Field(sa_type=Text)
    pool: str = Field(sa_type=Text)
    units: int = Field(sa_type=BigInteger)
    version: int = Field(sa_type=Integer)
    proposed_by: str = Field(sa_type=Text)
    proposed_at: datetime = Field(sa_type=TIME)
    confirmed_by: str | None = Field(default=None, sa_type=Text)
    confirmed_at: datetime | None = Field(default=None, sa_type=TIME)


class FlashRehearsalRow(SQLModel, table=True):
    """A rehearsal of a sale that somebody asked for, and how it went, in JSON."""

    __tablename__ = "flash_rehearsals"

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    author: str = Field(sa_type=Text)
    started_at: datetime = Field(sa_type=TIME)
    ended_at: datetime | None = Field(default=None, sa_type=TIME)
    result: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)


class FlashRoomRow(SQLModel, table=True):
    """The waiting room of a sale: how many entered and how many were let in at `counted_at`."""

    __tablename__ = "flash_rooms"

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    fairness: str = Field(sa_type=Text)
    rate: float = Field(sa_type=Float)
    issued: int = Field(sa_type=BigInteger)
    drawn: int | None = Field(default=None, sa_type=BigInteger)
    admitted: float = Field(sa_type=Float)
    counted_at: datetime = Field(sa_type=TIME)
    epoch: int = Field(sa_type=Integer)


class FlashEntryRow(SQLModel, table=True):
    """Who entered a waiting room, by which membership, and as which in order."""

    __tablename__ = "flash_entries"
    __table_args__ = (Index(None, "brand", "number", "channel"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    member: str = Field(sa_type=KEY, primary_key=True)
    place: int = Field(sa_type=BigInteger)
    channel: str = Field(sa_type=KEY)
    number: str = Field(sa_type=KEY)
    entered_at: datetime = Field(sa_type=TIME)


class FlashReservationRow(SQLModel, table=True):
    """What was granted; its id is made of the buyer's key, so a key is one reservation."""

    __tablename__ = "flash_reservations"
    __table_args__ = (
        # Nothing of the key: while the table is small, look-ups by id would be planned to read all
        # of a brand through it.
        Index(None, "batch"),
        Index(
            "flash_reservations_unpaid",
            "brand",
            "sale",
            "pay_until",
            postgresql_where=text("state IN ('PENDING', 'ORDERED')"),
        ),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    id: UUID = Field(sa_type=Uuid, primary_key=True)
    member: str = Field(sa_type=KEY)
    channel: str = Field(sa_type=Text)
    quantity: int = Field(sa_type=Integer)
    pool: str = Field(sa_type=Text)
    bucket: int = Field(sa_type=Integer)
    state: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    reserved_at: datetime = Field(sa_type=TIME)
    pay_until: datetime = Field(sa_type=TIME)
    settled_at: datetime | None = Field(default=None, sa_type=TIME)
    batch: int = Field(sa_type=BigInteger)
