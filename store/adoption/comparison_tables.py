"""Tables of comparisons: counts by day and by minute, differences without names, explanations."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Boolean, Column, Date, Identity, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from store.columns import KEY, TIME


class AdoptionComparisonRow(SQLModel, table=True):
    """Pairs of a day by what became of them (`field` is `*`), and fields that differed.

    `version` names the connector's definition, `rules` the explanations in force, `epoch` the step
    with which the pair began to be compared.
    """

    __tablename__ = "adoption_comparisons"

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    day: date = Field(sa_type=Date, primary_key=True)
    version: str = Field(sa_type=KEY, primary_key=True)
    rules: str = Field(sa_type=KEY, primary_key=True)
    epoch: int = Field(sa_type=BigInteger, primary_key=True)
    field: str = Field(sa_type=KEY, primary_key=True)
    klass: str = Field(sa_type=KEY, primary_key=True)
    critical: bool = Field(sa_type=Boolean, primary_key=True)
    store: str = Field(sa_type=KEY, primary_key=True)
    count: int = Field(sa_type=BigInteger)
    first_at: datetime = Field(sa_type=TIME)
    last_at: datetime = Field(sa_type=TIME)


class AdoptionMinuteRow(SQLModel, table=True):
    """Pairs of a minute by what became of them, for what is recent and for the trend."""

    __tablename__ = "adoption_minutes"

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    minute: datetime = Field(sa_type=TIME, primary_key=True)
    version: str = Field(sa_type=KEY, primary_key=True)
    epoch: int = Field(sa_type=BigInteger, primary_key=True)
    klass: str = Field(sa_type=KEY, primary_key=True)
    critical: bool = Field(sa_type=Boolean, primary_key=True)
    count: int = Field(sa_type=BigInteger)


class AdoptionSampleRow(SQLModel, table=True):
    """A difference with nothing in it that names anybody; the newest of each key and field."""

    __tablename__ = "adoption_samples"
    __table_args__ = (Index(None, "brand", "channel", "capability", "at"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    field: str = Field(sa_type=KEY, primary_key=True)
    klass: str = Field(sa_type=KEY, primary_key=True)
    key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    store: str = Field(sa_type=KEY)
    version: str = Field(sa_type=KEY)
    at: datetime = Field(sa_type=TIME)
    legacy_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    platform_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    legacy: str | None = Field(default=None, sa_type=Text)
    platform: str | None = Field(default=None, sa_type=Text)
    apart: str | None = Field(default=None, sa_type=Text)


class AdoptionDifferenceRow(SQLModel, table=True):
    """A difference as it was settled, for those who follow a pair; it names nobody either.

    Rows are only added and forgotten, a trigger on the latter raises the floor of the pair. They
    are read like `events`: by the transaction first, and never beyond one that is still open.
    """

    __tablename__ = "adoption_differences"
    __table_args__ = (Index(None, "brand", "channel", "capability", "xid", "position"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    position: int = Field(
        sa_column=Column(BigInteger, Identity(always=True), primary_key=True, nullable=False)
    )
    xid: int = Field(sa_type=BigInteger)
    channel: str = Field(sa_type=KEY)
    capability: str = Field(sa_type=KEY)
    field: str = Field(sa_type=KEY)
    klass: str = Field(sa_type=KEY)
    key: bytes = Field(sa_type=LargeBinary)
    store: str = Field(sa_type=KEY)
    version: str = Field(sa_type=KEY)
    at: datetime = Field(sa_type=TIME)
    legacy_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    platform_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    legacy: str | None = Field(default=None, sa_type=Text)
    platform: str | None = Field(default=None, sa_type=Text)
    apart: str | None = Field(default=None, sa_type=Text)
    more: int = Field(sa_type=BigInteger)


class AdoptionWriterRow(SQLModel, table=True):
    """The last batch of comparisons that a process wrote, and when; it tells of no pair."""

    __tablename__ = "adoption_writers"

    brand: str = Field(sa_type=KEY, primary_key=True)
    writer: str = Field(sa_type=KEY, primary_key=True)
    batch: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=TIME)


class AdoptionAcknowledgementRow(SQLModel, table=True):
    """A difference that somebody explained; rows are only ever added, a trigger sees to it."""

    __tablename__ = "adoption_acknowledgements"

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY)
    capability: str = Field(sa_type=KEY)
    field: str = Field(sa_type=KEY)
    klass: str = Field(sa_type=KEY)
    pattern: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    owner: str = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=TIME)
    expires_at: datetime = Field(sa_type=TIME)
