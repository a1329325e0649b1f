"""The table of touchpoints that channels tell of."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class TouchpointRow(SQLModel, table=True):
    """One touch between a person and a channel, under the membership that it was with."""

    __tablename__ = "touchpoints"
    __table_args__ = (Index(None, "brand", "number", "channel", "at"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    source: str = Field(sa_type=KEY, primary_key=True)
    reference: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY)
    channel: str = Field(sa_type=KEY)
    kind: str = Field(sa_type=Text)
    medium: str | None = Field(default=None, sa_type=Text)
    campaign: str | None = Field(default=None, sa_type=Text)
    outcome: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_type=TIME)
    recorded_at: datetime = Field(sa_type=TIME)
