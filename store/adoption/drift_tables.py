"""The table of drift: one row a comparison of both sides as a whole."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from store.columns import KEY, TIME


class AdoptionDriftRow(SQLModel, table=True):
    """What one comparison found; `fields` counts records by the field in which they differ."""

    __tablename__ = "adoption_drifts"

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    at: datetime = Field(sa_type=TIME, primary_key=True)
    compared: int = Field(sa_type=BigInteger)
    differing: int = Field(sa_type=BigInteger)
    missing: int = Field(sa_type=BigInteger)
    unknown: int = Field(sa_type=BigInteger)
    in_flight: int = Field(sa_type=BigInteger)
    repaired: int = Field(sa_type=BigInteger)
    taken: int = Field(sa_type=BigInteger)
    disputed: int = Field(sa_type=BigInteger)
    fields: dict[str, Any] = Field(sa_type=JSONB)
