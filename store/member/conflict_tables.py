"""The table of conflicts of memberships: both sides changed the same, and a person decides."""

from datetime import datetime

from sqlalchemy import LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class MemberConflictRow(SQLModel, table=True):
    """What the system of a membership has where ours stands; the value is sealed under its key."""

    __tablename__ = "member_conflicts"
    __table_args__ = (
        Index("member_conflicts_queue", "brand", "state", "found_at", "id"),
        Index("member_conflicts_membership", "brand", "number", "channel"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY)
    number: str = Field(sa_type=KEY)
    connector: str = Field(sa_type=KEY)
    fields: list[str] = Field(sa_type=ARRAY(Text))
    sealed_theirs: bytes | None = Field(default=None, sa_type=LargeBinary)
    state: str = Field(sa_type=Text)
    found_at: datetime = Field(sa_type=TIME)
    decided_at: datetime | None = Field(default=None, sa_type=TIME)
    decided_by: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
