"""Tables of promotions: as they stand, every version, every step, and what orders used."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class PromotionRow(SQLModel, table=True):
    """A promotion as it stands; `starts` are microseconds, 0 without a start: the list's order."""

    __tablename__ = "promotions"
    __table_args__ = (
        Index(None, "brand", "starts", "key"),
        Index("promotions_due", "brand", "stage", "ends_at"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    key: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer)
    stage: str = Field(sa_type=Text)
    starts: int = Field(sa_type=BigInteger)
    starts_at: datetime | None = Field(default=None, sa_type=TIME)
    ends_at: datetime | None = Field(default=None, sa_type=TIME)
    started: bool = Field(sa_type=Boolean)
    changed_at: datetime = Field(sa_type=TIME)


class PromotionVersionRow(SQLModel, table=True):
    """One version of a plan; rows are only ever added, so each is the pre-image of the next."""

    __tablename__ = "promotion_versions"

    brand: str = Field(sa_type=KEY, primary_key=True)
    key: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    plan: dict[str, Any] = Field(sa_type=JSONB)
    author: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=TIME)


class PromotionChangeRow(SQLModel, table=True):
    """One step of one promotion; `sequence` counts those of a brand and is what quotes name."""

    __tablename__ = "promotion_changes"
    __table_args__ = (Index(None, "brand", "key", "sequence"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    sequence: int = Field(sa_type=BigInteger, primary_key=True)
    key: str = Field(sa_type=KEY)
    action: str = Field(sa_type=Text)
    version: int = Field(sa_type=Integer)
    stage: str = Field(sa_type=Text)
    before_version: int | None = Field(default=None, sa_type=Integer)
    before_stage: str | None = Field(default=None, sa_type=Text)
    author: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=TIME)


class PromotionUseRow(SQLModel, table=True):
    """What one promotion gave one order, and how much of it came `back` since."""

    __tablename__ = "promotion_uses"
    __table_args__ = (Index(None, "brand", "promotion", "at"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    promotion: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer)
    policy: int = Field(sa_type=BigInteger)
    one_id: str | None = Field(default=None, sa_type=KEY)
    store: str | None = Field(default=None, sa_type=KEY)
    slot: int = Field(sa_type=Integer)
    times: int = Field(sa_type=Integer)
    spend: int = Field(sa_type=BigInteger)
    revenue: int = Field(sa_type=BigInteger)
    units: int = Field(sa_type=Integer)
    back: bool = Field(sa_type=Boolean)
    returned_spend: int = Field(sa_type=BigInteger)
    returned_revenue: int = Field(sa_type=BigInteger)
    returned_units: int = Field(sa_type=Integer)
    at: datetime = Field(sa_type=TIME)


class PromotionCountRow(SQLModel, table=True):
    """How far a promotion is used: in all, by one person, in one store.

    `slot` splits the count of one without a limit over rows, so that orders do not wait in line.
    """

    __tablename__ = "promotion_counts"

    brand: str = Field(sa_type=KEY, primary_key=True)
    promotion: str = Field(sa_type=KEY, primary_key=True)
    scope: str = Field(sa_type=KEY, primary_key=True)
    subject: str = Field(sa_type=KEY, primary_key=True)
    slot: int = Field(sa_type=Integer, primary_key=True)
    used: int = Field(sa_type=BigInteger)
    spend: int = Field(sa_type=BigInteger)
    revenue: int = Field(sa_type=BigInteger)
    units: int = Field(sa_type=BigInteger)
