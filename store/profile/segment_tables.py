"""The table of segments."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from store.columns import KEY, TIME


class SegmentRow(SQLModel, table=True):
    """One version of a segment; rows are only added, the highest version is in force."""

    __tablename__ = "segments"

    brand: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer, primary_key=True)
    title: str | None = Field(default=None, sa_type=Text)
    conditions: dict[str, Any] = Field(sa_type=JSONB)
    removed: bool = Field(sa_type=Boolean)
    author: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    changed_at: datetime = Field(sa_type=TIME)
