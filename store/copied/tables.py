"""The tables of the platform's copy: rows that systems push or drop, and what brought them.

Brand and connector lead every key: a copy is asked for one connector at a time. Bodies are sealed;
customers and what persons show are keyed hashes. Times are UTC.
"""

from datetime import date, datetime

from sqlalchemy import ARRAY, BigInteger, Date, Integer, LargeBinary, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME

_PLACE = ("newest", "channel", "key_length", "key")


class CopiedRowRow(SQLModel, table=True):
    """One row of one section. Without a channel it is kept and not ours to answer.

    `newest` is the moment of its record in microseconds, negated: with channel, length and key it
    sorts as every list does. `mapping` names the mapping that found all this.
    """

    __tablename__ = "copied_rows"
    __table_args__ = (
        Index("copied_rows_place", "brand", "connector", "section", *_PLACE),
        Index("copied_rows_customer", "brand", "connector", "section", "customer", *_PLACE),
        Index("copied_rows_mapping", "brand", "connector", "section", "mapping"),
        Index("copied_rows_day", "brand", "connector", "section", "store", "day"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    section: str = Field(sa_type=KEY, primary_key=True)
    key: str = Field(sa_type=KEY, primary_key=True)
    key_length: int = Field(sa_type=Integer)
    newest: int | None = Field(default=None, sa_type=BigInteger)
    channel: str | None = Field(default=None, sa_type=KEY)
    customer: bytes | None = Field(default=None, sa_type=LargeBinary)
    words: list[str] = Field(sa_type=ARRAY(Text))
    store: str = Field(sa_type=KEY)
    day: date | None = Field(default=None, sa_type=Date)
    mapping: str = Field(sa_type=KEY)
    sealed_body: bytes = Field(sa_type=LargeBinary)


class CopiedIdentityRow(SQLModel, table=True):
    """What a copied row shows of a person, to be looked up by."""

    __tablename__ = "copied_identities"
    __table_args__ = (Index("copied_identities_key", "brand", "connector", "section", "key"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    section: str = Field(sa_type=KEY, primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    key: str = Field(sa_type=KEY, primary_key=True)


class CopiedStreamRow(SQLModel, table=True):
    """How far one stream of one feeder has come; its row is locked while a batch is taken."""

    __tablename__ = "copied_streams"

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    feeder: str = Field(sa_type=KEY, primary_key=True)
    stream: str = Field(sa_type=KEY, primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    last_key: str = Field(sa_type=Text)
    accepted_at: datetime = Field(sa_type=TIME)
    batches: int = Field(sa_type=BigInteger)
    lines: int = Field(sa_type=BigInteger)
    quarantined: int = Field(sa_type=BigInteger)


class CopiedBatchRow(SQLModel, table=True):
    """A batch that was taken, and its body as it came until `raw_until`."""

    __tablename__ = "copied_batches"
    __table_args__ = (
        Index("copied_batches_content", "brand", "connector", "stream", "content"),
        Index("copied_batches_day", "brand", "connector", "stream", "day"),
        Index("copied_batches_raw_until", "brand", "raw_until"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    feeder: str = Field(sa_type=KEY, primary_key=True)
    stream: str = Field(sa_type=KEY, primary_key=True)
    sequence: int = Field(sa_type=BigInteger, primary_key=True)
    content: str = Field(sa_type=KEY)
    store: str | None = Field(default=None, sa_type=KEY)
    day: date | None = Field(default=None, sa_type=Date)
    first_key: str = Field(sa_type=Text)
    last_key: str = Field(sa_type=Text)
    lines: int = Field(sa_type=BigInteger)
    accepted: int = Field(sa_type=BigInteger)
    quarantined: int = Field(sa_type=BigInteger)
    accepted_at: datetime = Field(sa_type=TIME)
    sealed_raw: bytes | None = Field(default=None, sa_type=LargeBinary)
    raw_until: datetime | None = Field(default=None, sa_type=TIME)


class CopiedQuarantineRow(SQLModel, table=True):
    """A line that did not become a row, and why; what it says stands in its batch's body alone."""

    __tablename__ = "copied_quarantine"

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    feeder: str = Field(sa_type=KEY, primary_key=True)
    stream: str = Field(sa_type=KEY, primary_key=True)
    sequence: int = Field(sa_type=BigInteger, primary_key=True)
    line: int = Field(sa_type=BigInteger, primary_key=True)
    reason: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=TIME)


class InboxSenderRow(SQLModel, table=True):
    """Who may push to a connector, for which stores, and the sealed key that signs."""

    __tablename__ = "inbox_senders"

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    sender: str = Field(sa_type=KEY, primary_key=True)
    stores: list[str] = Field(sa_type=ARRAY(Text))
    sealed_key: bytes = Field(sa_type=LargeBinary)
    added_at: datetime = Field(sa_type=TIME)
    added_by: str = Field(sa_type=Text)
    revoked_at: datetime | None = Field(default=None, sa_type=TIME)


class InboxFileRow(SQLModel, table=True):
    """The newest content of each file that a sender pushed, whole or on its way."""

    __tablename__ = "inbox_files"
    __table_args__ = (Index("inbox_files_changed_at", "brand", "connector", "changed_at"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY, primary_key=True)
    sender: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY, primary_key=True)
    sha256: str = Field(sa_type=KEY)
    size: int = Field(sa_type=BigInteger)
    received: int = Field(sa_type=BigInteger)
    store: str = Field(sa_type=KEY)
    day: date | None = Field(default=None, sa_type=Date)
    started_at: datetime = Field(sa_type=TIME)
    changed_at: datetime = Field(sa_type=TIME)
    whole_at: datetime | None = Field(default=None, sa_type=TIME)
