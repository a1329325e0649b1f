"""The table of commands to systems. What one says of a person is sealed under her own key."""

from datetime import datetime

from sqlalchemy import Boolean, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class MemberCommandRow(SQLModel, table=True):
    """One change of one membership, on its way to its system; `reason` is a code.

    `fields` are names of what it changes: a newer change of the same stands for an older one.
    """

    __tablename__ = "member_commands"
    __table_args__ = (
        Index("member_commands_due", "brand", "state", "next_at"),
        Index("member_commands_person", "brand", "one_id"),
        Index("member_commands_membership", "brand", "channel", "number"),
        # Registrations on their way, in the order of lists: store/member/pending.py.
        Index(
            "member_commands_pending",
            "brand",
            text("created_at DESC"),
            "id",
            postgresql_where=text("kind = 'REGISTER' AND state NOT IN ('DONE', 'DISCARDED')"),
        ),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    connector: str = Field(sa_type=KEY)
    channel: str = Field(sa_type=KEY)
    kind: str = Field(sa_type=Text)
    number: str | None = Field(default=None, sa_type=KEY)
    one_id: str = Field(sa_type=KEY)
    fields: list[str] | None = Field(default=None, sa_type=ARRAY(Text))
    sealed_person: bytes | None = Field(default=None, sa_type=LargeBinary)
    state: str = Field(sa_type=Text)
    unsure: bool = Field(sa_type=Boolean)
    attempts: int = Field(sa_type=Integer)
    reason: str | None = Field(default=None, sa_type=Text)
    author: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=TIME)
    changed_at: datetime = Field(sa_type=TIME)
    next_at: datetime = Field(sa_type=TIME)
    leased_until: datetime | None = Field(default=None, sa_type=TIME)
