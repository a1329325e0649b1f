"""Tables of adoption: how each pair stands, every step that was taken, and what was measured."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, Double, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from store.columns import KEY, TIME


class AdoptionStandingRow(SQLModel, table=True):
    """How a pair stands; a pair without a row stands at FEDERATED_READ."""

    __tablename__ = "adoption_standings"

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    state: str = Field(sa_type=Text)
    from_state: str = Field(sa_type=Text)
    frozen: bool = Field(sa_type=Boolean)
    read_points: int = Field(sa_type=Integer)
    write_points: int = Field(sa_type=Integer)
    cohorts: dict[str, Any] = Field(sa_type=JSONB)
    fields: dict[str, Any] = Field(sa_type=JSONB)
    conflict_policy: str | None = Field(default=None, sa_type=Text)
    review_on: date | None = Field(default=None, sa_type=Date)
    version: int = Field(sa_type=BigInteger)
    entered_at: datetime = Field(sa_type=TIME)
    routed_at: datetime = Field(sa_type=TIME)
    changed_at: datetime = Field(sa_type=TIME)
    author: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)


class AdoptionStepRow(SQLModel, table=True):
    """One step of a pair; rows are only ever added, a trigger sees to it."""

    __tablename__ = "adoption_steps"

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=BigInteger, primary_key=True)
    action: str = Field(sa_type=Text)
    from_state: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    frozen: bool = Field(sa_type=Boolean)
    read_points: int = Field(sa_type=Integer)
    write_points: int = Field(sa_type=Integer)
    cohorts: dict[str, Any] = Field(sa_type=JSONB)
    fields: dict[str, Any] = Field(sa_type=JSONB)
    conflict_policy: str | None = Field(default=None, sa_type=Text)
    review_on: date | None = Field(default=None, sa_type=Date)
    author: str = Field(sa_type=Text)
    role: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(sa_type=Text)
    profile: str | None = Field(default=None, sa_type=Text)
    gates: list[Any] = Field(sa_type=JSONB)
    at: datetime = Field(sa_type=TIME)


class AdoptionEvidenceRow(SQLModel, table=True):
    """One fact of a pair as it was measured last, and under which definitions."""

    __tablename__ = "adoption_evidence"

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    fact: str = Field(sa_type=KEY, primary_key=True)
    value: float = Field(sa_type=Double)
    sample: int = Field(sa_type=BigInteger)
    since: datetime | None = Field(default=None, sa_type=TIME)
    at: datetime = Field(sa_type=TIME)
    query: str = Field(sa_type=Text)
    schema_digest: str = Field(sa_type=Text)
    connector_digest: str = Field(sa_type=Text)
    mapping_digest: str = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
