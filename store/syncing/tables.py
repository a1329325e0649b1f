"""Tables of the sync: how far each connector was read, and what was seen of each of its rows.

No table here holds a row: a digest says whether one changed.
"""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Boolean, Float, LargeBinary, SmallInteger, Text
from sqlmodel import Field, SQLModel

from store.columns import KEY, TIME


class SyncStreamRow(SQLModel, table=True):
    """One kind of record of one connector, and the newest pass over it.

    `position` is that of its feed, `whole_position` that of a pass over everything. `mapping` names
    what made the digests: another one makes all records anew. Who runs it holds the lease.
    `previous_at` is when the pass before began that came to its end; `lags` are the seconds from
    there to the end of a pass, of the last ones.
    """

    __tablename__ = "sync_streams"

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    state: str = Field(sa_type=Text)
    mapping: str = Field(sa_type=KEY)
    whole: bool = Field(sa_type=Boolean)
    position: str | None = Field(default=None, sa_type=Text)
    whole_position: str | None = Field(default=None, sa_type=Text)
    began_at: datetime | None = Field(default=None, sa_type=TIME)
    moved_at: datetime | None = Field(default=None, sa_type=TIME)
    ended_at: datetime | None = Field(default=None, sa_type=TIME)
    read: int = Field(sa_type=BigInteger)
    changed: int = Field(sa_type=BigInteger)
    removed: int = Field(sa_type=BigInteger)
    unfit: int = Field(sa_type=BigInteger)
    total: int | None = Field(default=None, sa_type=BigInteger)
    moment: datetime | None = Field(default=None, sa_type=TIME)
    failed_at: datetime | None = Field(default=None, sa_type=TIME)
    failure_code: str | None = Field(default=None, sa_type=Text)
    failure: str | None = Field(default=None, sa_type=Text)
    previous_at: datetime | None = Field(default=None, sa_type=TIME)
    lags: list[float] | None = Field(default=None, sa_type=ARRAY(Float))
    lease_by: str | None = Field(default=None, sa_type=Text)
    lease_until: datetime | None = Field(default=None, sa_type=TIME)


class SyncRowRow(SQLModel, table=True):
    """A row that was taken in: its digest, and how many whole passes in a row it was missing.

    `fault` is a word for what is wanting in it, such as why a phone joins nobody.
    """

    __tablename__ = "sync_rows"

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    key: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY)
    digest: bytes = Field(sa_type=LargeBinary)
    missed: int = Field(default=0, sa_type=SmallInteger)
    fault: str | None = Field(default=None, sa_type=Text)


class SyncSeenRow(SQLModel, table=True):
    """Hashes of the keys that one batch of a whole pass saw: what no batch saw is missing."""

    __tablename__ = "sync_seen"

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    part: int = Field(sa_type=BigInteger, primary_key=True)
    hashes: bytes = Field(sa_type=LargeBinary)


class CopiedChannelRow(SQLModel, table=True):
    """A channel of which records are copied whole: since when, and when all of them stood.

    `version` names the definition of the connector that they are copied under.
    """

    __tablename__ = "copied_channels"

    brand: str = Field(sa_type=KEY, primary_key=True)
    capability: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    begun_at: datetime = Field(sa_type=TIME)
    filled_at: datetime | None = Field(default=None, sa_type=TIME)
    version: str | None = Field(default=None, sa_type=Text)
