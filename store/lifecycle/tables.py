"""Tables of the lifecycle: rules, where each person stands, how she came there, and her touches.

No row holds a personal value: people are their one_id, orders their business key. Times are UTC,
days are local business dates.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY

_TIME = DateTime(timezone=True)


class LifecycleRulesRow(SQLModel, table=True):
    """A version of the rules; the highest one is in force. Rows are only ever added."""

    __tablename__ = "lifecycle_rules"

    brand: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    rules: dict[str, Any] = Field(sa_type=JSONB)
    author: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    put_at: datetime = Field(sa_type=_TIME)


class LifecycleStandingRow(SQLModel, table=True):
    """Where a person stands; `next_change` is the day on which time alone changes it.

    `revision` and `position` name her last transition. `tier_since` is the day from which a top
    tier was seen without a break.
    """

    __tablename__ = "lifecycle_standings"
    __table_args__ = (
        Index(None, "brand", "next_change"),
        Index("lifecycle_standings_rules", "brand", "rule_version"),
        Index("lifecycle_standings_stage", "brand", "stage", "one_id"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY, primary_key=True)
    stage: str = Field(sa_type=KEY)
    since: date | None = Field(default=None, sa_type=Date)
    rule_version: int = Field(sa_type=Integer)
    programme: str | None = Field(default=None, sa_type=Text)
    inputs: dict[str, Any] = Field(sa_type=JSONB)
    revision: int = Field(sa_type=Integer)
    position: int = Field(sa_type=Integer)
    tier_since: date | None = Field(default=None, sa_type=Date)
    next_change: date | None = Field(default=None, sa_type=Date)
    computed_at: datetime = Field(sa_type=_TIME)


class LifecycleTransitionRow(SQLModel, table=True):
    """The beginning of a stage as it was known once; rows are only ever added.

    Late orders, refunds and merges write a new revision from the first position that differs.
    What holds of all revisions: a row that no higher revision replaced at its position or before.
    """

    __tablename__ = "lifecycle_transitions"

    brand: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY, primary_key=True)
    revision: int = Field(sa_type=Integer, primary_key=True)
    position: int = Field(sa_type=Integer, primary_key=True)
    stage: str = Field(sa_type=Text)
    since: date | None = Field(default=None, sa_type=Date)
    rule_version: int = Field(sa_type=Integer)
    inputs: dict[str, Any] = Field(sa_type=JSONB)
    recorded_at: datetime = Field(sa_type=_TIME)


class LifecycleTouchRow(SQLModel, table=True):
    """A touch: once for its anchor order, rule and cycle, whoever the order belongs to by now.

    `touch_id` is what a sender knows it by. While it lies in a drop that nobody has fetched,
    `recall` says why it is to be taken out again. Money is in minor units of `currency`.
    """

    __tablename__ = "lifecycle_touches"
    __table_args__ = (
        Index("lifecycle_touches_touch_id", "brand", "touch_id", unique=True),
        Index("lifecycle_touches_one_id", "brand", "one_id"),
        Index("lifecycle_touches_due", "brand", "state", "rule", "due_on"),
        Index("lifecycle_touches_campaign", "brand", "campaign", "state"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    rule: str = Field(sa_type=KEY, primary_key=True)
    cycle: int = Field(sa_type=Integer, primary_key=True)
    touch_id: str = Field(sa_type=KEY)
    one_id: str = Field(sa_type=KEY)
    due_on: date = Field(sa_type=Date)
    lapses_on: date = Field(sa_type=Date)
    state: str = Field(sa_type=KEY)
    reason: str | None = Field(default=None, sa_type=Text)
    campaign: str | None = Field(default=None, sa_type=KEY)
    medium: str | None = Field(default=None, sa_type=Text)
    language: str | None = Field(default=None, sa_type=Text)
    template: str | None = Field(default=None, sa_type=Text)
    drop_name: str | None = Field(default=None, sa_type=Text)
    recall: str | None = Field(default=None, sa_type=Text)
    cost: int = Field(default=0, sa_type=BigInteger)
    currency: str | None = Field(default=None, sa_type=Text)
    planned_at: datetime = Field(sa_type=_TIME)
    not_before: datetime | None = Field(default=None, sa_type=_TIME)
    drawn_at: datetime | None = Field(default=None, sa_type=_TIME)
    sent_at: datetime | None = Field(default=None, sa_type=_TIME)
    changed_at: datetime = Field(sa_type=_TIME)
