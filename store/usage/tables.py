"""Tables of usage: who asked what, counted by day. No row names a person."""

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Date, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class UsageOperationRow(SQLModel, table=True):
    """An operation that was asked, and what of the contract it may use; of no value a trace."""

    __tablename__ = "usage_operations"

    brand: str = Field(sa_type=KEY, primary_key=True)
    sha256: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    kind: str = Field(sa_type=Text)
    coordinates: list[str] = Field(sa_type=ARRAY(Text))


class UsageRunRow(SQLModel, table=True):
    """How often an application ran an operation on a day."""

    __tablename__ = "usage_runs"
    __table_args__ = (Index(None, "brand", "sha256", "name"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    day: date = Field(sa_type=Date, primary_key=True)
    credential: str = Field(sa_type=KEY, primary_key=True)
    client: str = Field(sa_type=KEY, primary_key=True)
    sha256: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    count: int = Field(sa_type=BigInteger)
    last_used_at: datetime = Field(sa_type=TIME)


class UsageReadRow(SQLModel, table=True):
    """How often such a run was answered from a source."""

    __tablename__ = "usage_reads"

    brand: str = Field(sa_type=KEY, primary_key=True)
    day: date = Field(sa_type=Date, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    side: str = Field(sa_type=KEY, primary_key=True)
    credential: str = Field(sa_type=KEY, primary_key=True)
    client: str = Field(sa_type=KEY, primary_key=True)
    sha256: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    count: int = Field(sa_type=BigInteger)
    last_used_at: datetime = Field(sa_type=TIME)


class UsageCountingRow(SQLModel, table=True):
    """Since when is counted, and when a process wrote last what it had counted, if only nothing."""

    __tablename__ = "usage_counting"

    brand: str = Field(sa_type=KEY, primary_key=True)
    since: datetime = Field(sa_type=TIME)
    until: datetime = Field(sa_type=TIME)
