"""Tables of consent, data keys and erasure.

Brand first in every key. An owner is a membership or, where there is none, a person's one_id: see
`store.privacy.data_keys`. Rows of consents are only ever added, a trigger sees to it. Times are
UTC.
"""

from datetime import datetime

from sqlalchemy import Integer, LargeBinary, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class DataKeyRow(SQLModel, table=True):
    """The key of one owner's personal values, wrapped by the master key; gone once erased."""

    __tablename__ = "data_keys"

    brand: str = Field(sa_type=KEY, primary_key=True)
    owner: str = Field(sa_type=KEY, primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(sa_type=TIME)


class TombstoneRow(SQLModel, table=True):
    """What must not come back: a keyed hash of an erased membership, identity or person.

    Once its person registered anew it is lifted; `generation` counts how often that happened.
    """

    __tablename__ = "tombstones"

    brand: str = Field(sa_type=KEY, primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    kind: str = Field(sa_type=Text)
    erased_at: datetime = Field(sa_type=TIME)
    lifted_at: datetime | None = Field(default=None, sa_type=TIME)
    generation: int = Field(sa_type=Integer)


class ConsentTextRow(SQLModel, table=True):
    """A version of the words that people consent to."""

    __tablename__ = "consent_texts"

    brand: str = Field(sa_type=KEY, primary_key=True)
    purpose: str = Field(sa_type=KEY, primary_key=True)
    version: str = Field(sa_type=KEY, primary_key=True)
    text: str = Field(sa_type=Text)
    sha256: str = Field(sa_type=Text)
    added_at: datetime = Field(sa_type=TIME)
    added_by: str = Field(sa_type=Text)


class ConsentRow(SQLModel, table=True):
    """What one owner answered. The rows of one answer for a whole person share its `act`.

    `parts` says how many owners that person had then.
    """

    __tablename__ = "consents"
    __table_args__ = (Index("consents_act", "brand", "act"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    owner: str = Field(sa_type=KEY, primary_key=True)
    act: str = Field(sa_type=KEY, primary_key=True)
    purpose: str = Field(sa_type=KEY)
    medium: str = Field(sa_type=KEY)
    status: str = Field(sa_type=Text)
    text_version: str | None = Field(default=None, sa_type=Text)
    source: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=TIME)
    expires_at: datetime | None = Field(default=None, sa_type=TIME)
    recorded_at: datetime = Field(sa_type=TIME)
    author: str = Field(sa_type=Text)
    parts: int = Field(sa_type=Integer)


class ErasureRow(SQLModel, table=True):
    """One erasure: whose pseudonym, who did it and why; nothing of the person."""

    __tablename__ = "erasures"
    __table_args__ = (Index("erasures_one_id", "brand", "one_id"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY)
    author: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    erased_at: datetime = Field(sa_type=TIME)


class ErasurePlaceRow(SQLModel, table=True):
    """How an erasure stands in one place: a part of the platform, or a system that knows her."""

    __tablename__ = "erasure_places"

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    place: str = Field(sa_type=KEY, primary_key=True)
    state: str = Field(sa_type=Text)
    channel: str | None = Field(default=None, sa_type=Text)
    customer: str | None = Field(default=None, sa_type=Text)
    changed_at: datetime = Field(sa_type=TIME)


class RetentionRow(SQLModel, table=True):
    """How long one kind of record is kept, where it is not the usual time."""

    __tablename__ = "retention_rules"

    brand: str = Field(sa_type=KEY, primary_key=True)
    kind: str = Field(sa_type=KEY, primary_key=True)
    days: int = Field(sa_type=Integer)
    changed_at: datetime = Field(sa_type=TIME)
    changed_by: str = Field(sa_type=Text)
