"""Tables of what is known of people: told by sources, tagged by staff, and shown by their orders.

What a source told belongs to its membership and what staff did to the id that they did it to, so
a merge or its undoing moves nothing here. What orders show is computed per person, anew at will.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Double, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class AttributeObservationRow(SQLModel, table=True):
    """A value that a source told of a membership's holder, when first and when last.

    `kinds` are the types that its text is of; `month_hash` stands for the month of a date.
    """

    __tablename__ = "attribute_observations"
    __table_args__ = (
        Index(None, "brand", "key", "value_hash"),
        Index(None, "brand", "key", "month_hash", postgresql_where=text("month_hash IS NOT NULL")),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    key: str = Field(sa_type=KEY, primary_key=True)
    source: str = Field(sa_type=KEY, primary_key=True)
    value_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    sealed_value: bytes = Field(sa_type=LargeBinary)
    kinds: list[str] = Field(sa_type=ARRAY(Text))
    month_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    confidence: float = Field(sa_type=Double)
    first_observed_at: datetime = Field(sa_type=TIME)
    observed_at: datetime = Field(sa_type=TIME)


class ProfileRulesRow(SQLModel, table=True):
    """One version of the rules by which attributes survive; the highest is in force."""

    __tablename__ = "profile_rules"

    brand: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    rules: dict[str, Any] = Field(sa_type=JSONB)
    author: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    changed_at: datetime = Field(sa_type=TIME)


class MemberTagRow(SQLModel, table=True):
    """A word on a person, under the id that she had when it was put there."""

    __tablename__ = "member_tags"
    __table_args__ = (Index(None, "brand", "tag", "one_id"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY, primary_key=True)
    tag: str = Field(sa_type=KEY, primary_key=True)
    author: str = Field(sa_type=Text)
    tagged_at: datetime = Field(sa_type=TIME)
    expires_at: datetime | None = Field(default=None, sa_type=TIME)


class MemberPurchasesRow(SQLModel, table=True):
    """A person's orders of all channels, counted, and what they were counted from."""

    __tablename__ = "member_purchases"
    __table_args__ = (Index(None, "brand", "last_at"), Index(None, "brand", "orders"))

    brand: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY, primary_key=True)
    orders: int = Field(sa_type=Integer)
    first_at: datetime | None = Field(default=None, sa_type=TIME)
    last_at: datetime | None = Field(default=None, sa_type=TIME)
    facts: int = Field(sa_type=Integer)
    lines: int = Field(sa_type=Integer)
    unmatched_lines: int = Field(sa_type=Integer)
    computed_at: datetime = Field(sa_type=TIME)
    statistics_model: str = Field(sa_type=Text)
    affinity_model: str = Field(sa_type=Text)


class MemberStatisticsRow(SQLModel, table=True):
    """A person's purchases in one channel and currency; an unknown currency is empty."""

    __tablename__ = "member_statistics"
    __table_args__ = (
        Index(None, "brand", "channel", "last_at"),
        Index(None, "brand", "currency", "net"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    currency: str = Field(sa_type=KEY, primary_key=True)
    orders: int = Field(sa_type=Integer)
    net: int = Field(sa_type=BigInteger)
    first_at: datetime | None = Field(default=None, sa_type=TIME)
    last_at: datetime | None = Field(default=None, sa_type=TIME)


class MemberAffinityRow(SQLModel, table=True):
    """How much a person buys of one category, named by its path with `>` between."""

    __tablename__ = "member_affinity"
    __table_args__ = (Index(None, "brand", "category", "share"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY, primary_key=True)
    category: str = Field(sa_type=KEY, primary_key=True)
    weight: float = Field(sa_type=Double)
    share: float = Field(sa_type=Double)
    orders: int = Field(sa_type=Integer)
    last_at: datetime = Field(sa_type=TIME)
