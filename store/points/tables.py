"""The tables of points: a ledger that is only added to, what it leaves, and programme policies.

Everything of one account is keyed by brand, membership and currency, so that a merge, which moves
memberships between people, moves no row here. Entries and policies are guarded by triggers.
"""

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Date, Integer, SmallInteger, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME

_NUMBERS = ARRAY(BigInteger)


class PointsEntryRow(SQLModel, table=True):
    """One entry of the ledger; rows are only ever added, a trigger sees to it."""

    __tablename__ = "points_entries"
    __table_args__ = (
        Index(
            "points_entries_key",
            *("brand", "number", "channel", "currency", "author", "idempotency_key", "part"),
            unique=True,
        ),
        Index("points_entries_order", "brand", "order_channel", "order_number"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    currency: str = Field(sa_type=KEY, primary_key=True)
    sequence: int = Field(sa_type=BigInteger, primary_key=True)
    type: str = Field(sa_type=Text)
    direction: str = Field(sa_type=Text)
    amount: int = Field(sa_type=BigInteger)
    burn_lots: list[int] = Field(sa_type=_NUMBERS)
    burn_amounts: list[int] = Field(sa_type=_NUMBERS)
    owed: int = Field(sa_type=BigInteger)
    undoes: int | None = Field(default=None, sa_type=BigInteger)
    pending_until: datetime | None = Field(default=None, sa_type=TIME)
    expires_at: datetime | None = Field(default=None, sa_type=TIME)
    order_channel: str | None = Field(default=None, sa_type=KEY)
    order_number: str | None = Field(default=None, sa_type=KEY)
    reason: str | None = Field(default=None, sa_type=Text)
    source: str = Field(sa_type=Text)
    programme: str | None = Field(default=None, sa_type=KEY)
    policy_version: int | None = Field(default=None, sa_type=Integer)
    author: str = Field(sa_type=KEY)
    idempotency_key: str = Field(sa_type=KEY)
    part: int = Field(sa_type=SmallInteger)
    occurred_at: datetime = Field(sa_type=TIME)
    recorded_at: datetime = Field(sa_type=TIME)


class PointsAccountRow(SQLModel, table=True):
    """What the entries of an account leave: a cache, and the row that changes of it wait for.

    `due_at` is when something expires or comes back next.
    """

    __tablename__ = "points_accounts"
    __table_args__ = (Index("points_accounts_due", "brand", "due_at"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    currency: str = Field(sa_type=KEY, primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    balance: int = Field(sa_type=BigInteger)
    owed: int = Field(sa_type=BigInteger)
    recorded_at: datetime | None = Field(default=None, sa_type=TIME)
    due_at: datetime | None = Field(default=None, sa_type=TIME)


class PointsLotRow(SQLModel, table=True):
    """What is left of one credit; named by the sequence of its entry."""

    __tablename__ = "points_lots"

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    currency: str = Field(sa_type=KEY, primary_key=True)
    lot: int = Field(sa_type=BigInteger, primary_key=True)
    remaining: int = Field(sa_type=BigInteger)
    occurred_at: datetime = Field(sa_type=TIME)
    pending_until: datetime | None = Field(default=None, sa_type=TIME)
    expires_at: datetime | None = Field(default=None, sa_type=TIME)
    order_channel: str | None = Field(default=None, sa_type=KEY)
    order_number: str | None = Field(default=None, sa_type=KEY)


class PointsLockRow(SQLModel, table=True):
    """Points that are put aside, named by the sequence of their LOCK; gone when they are back."""

    __tablename__ = "points_locks"

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    currency: str = Field(sa_type=KEY, primary_key=True)
    sequence: int = Field(sa_type=BigInteger, primary_key=True)
    until: datetime = Field(sa_type=TIME)
    burn_lots: list[int] = Field(sa_type=_NUMBERS)
    burn_amounts: list[int] = Field(sa_type=_NUMBERS)


class BenefitUseRow(SQLModel, table=True):
    """A benefit that was used, on a day of its programme; one taken back counts no more."""

    __tablename__ = "benefit_uses"

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    benefit: str = Field(sa_type=KEY)
    programme: str = Field(sa_type=KEY)
    policy_version: int = Field(sa_type=Integer)
    day: date = Field(sa_type=Date)
    order_channel: str | None = Field(default=None, sa_type=KEY)
    order_number: str | None = Field(default=None, sa_type=KEY)
    reason: str = Field(sa_type=Text)
    author: str = Field(sa_type=KEY)
    used_at: datetime = Field(sa_type=TIME)
    taken_back_at: datetime | None = Field(default=None, sa_type=TIME)


class PointsDriftRow(SQLModel, table=True):
    """What another system tells of a programme's points beside our reckoning, as measured last."""

    __tablename__ = "points_drifts"

    brand: str = Field(sa_type=KEY, primary_key=True)
    programme: str = Field(sa_type=KEY, primary_key=True)
    measured_at: datetime = Field(sa_type=TIME)
    memberships: int = Field(sa_type=BigInteger)
    equal: int = Field(sa_type=BigInteger)
    told: int = Field(sa_type=BigInteger)
    reckoned: int = Field(sa_type=BigInteger)
    largest: int = Field(sa_type=BigInteger)


class ProgrammeVersionRow(SQLModel, table=True):
    """One version of a programme's policy; rows are only ever added, a trigger sees to it.

    `text` is the file as it was put, `policy` what was read from it.
    """

    __tablename__ = "programme_versions"

    brand: str = Field(sa_type=KEY, primary_key=True)
    programme: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    starts: date = Field(sa_type=Date)
    text: str = Field(sa_type=Text)
    policy: str = Field(sa_type=Text)
    author: str = Field(sa_type=KEY)
    put_at: datetime = Field(sa_type=TIME)
    reason: str = Field(sa_type=Text)
