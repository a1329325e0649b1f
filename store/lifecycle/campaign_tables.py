"""Tables of campaigns: what is sent under them, what stopped a touch, and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY

_TIME = DateTime(timezone=True)


class CampaignRow(SQLModel, table=True):
    """A campaign as it stands; `spent` in minor units of its currency, with what is on its way."""

    __tablename__ = "campaigns"
    __table_args__ = (Index("campaigns_rule", "brand", "rule", "state"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    rule: str = Field(sa_type=KEY)
    definition: dict[str, Any] = Field(sa_type=JSONB)
    state: str = Field(sa_type=KEY)
    why: str | None = Field(default=None, sa_type=Text)
    spent: int = Field(sa_type=BigInteger)
    author: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=_TIME)
    started_at: datetime | None = Field(default=None, sa_type=_TIME)
    changed_at: datetime = Field(sa_type=_TIME)


class TouchTemplateRow(SQLModel, table=True):
    """The words of a touch in one medium and language; a new text is a new version."""

    __tablename__ = "touch_templates"

    brand: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    medium: str = Field(sa_type=KEY, primary_key=True)
    language: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    words: str = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
    put_at: datetime = Field(sa_type=_TIME)


class TouchStopRow(SQLModel, table=True):
    """Something held a touch up or stopped it; rows are only ever added."""

    __tablename__ = "touch_stops"

    brand: str = Field(sa_type=KEY, primary_key=True)
    touch_id: str = Field(sa_type=KEY, primary_key=True)
    at: datetime = Field(sa_type=_TIME, primary_key=True)
    reason: str = Field(sa_type=KEY, primary_key=True)
    campaign: str | None = Field(default=None, sa_type=Text)


class TouchOutcomeRow(SQLModel, table=True):
    """What came of a touch; `reference` is the teller's own, so that telling again adds nothing."""

    __tablename__ = "touch_outcomes"

    brand: str = Field(sa_type=KEY, primary_key=True)
    touch_id: str = Field(sa_type=KEY, primary_key=True)
    kind: str = Field(sa_type=KEY, primary_key=True)
    reference: str = Field(sa_type=KEY, primary_key=True)
    at: datetime = Field(sa_type=_TIME)
    score: int | None = Field(default=None, sa_type=Integer)
    source: str = Field(sa_type=Text)
    recorded_at: datetime = Field(sa_type=_TIME)
