"""Tables of writes that two sides know of: ours by membership, and what its system last showed.

Values are keyed digests. A membership that nobody writes has no row here.
"""

from datetime import datetime

from sqlalchemy import Boolean, LargeBinary, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class MemberWriteRow(SQLModel, table=True):
    """A write of ours: who led it, and a digest of each field that it wrote, empty where unknown.

    `command` tells the system; its state is in `member_commands`.
    """

    __tablename__ = "member_writes"
    __table_args__ = (Index("member_writes_command", "brand", "command"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    command: str = Field(sa_type=KEY, primary_key=True)
    leader: str = Field(sa_type=Text)
    repair: bool = Field(sa_type=Boolean)
    phone: bytes | None = Field(default=None, sa_type=LargeBinary)
    email: bytes | None = Field(default=None, sa_type=LargeBinary)
    name: bytes | None = Field(default=None, sa_type=LargeBinary)
    at: datetime = Field(sa_type=TIME)


class MemberAgreementRow(SQLModel, table=True):
    """What the system of a membership last showed: digests by field, and our newest write in it.

    `rest` is a digest of all that only the system changes.
    """

    __tablename__ = "member_agreements"

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    seen: str | None = Field(default=None, sa_type=KEY)
    phone: bytes = Field(sa_type=LargeBinary)
    email: bytes = Field(sa_type=LargeBinary)
    name: bytes = Field(sa_type=LargeBinary)
    rest: bytes | None = Field(default=None, sa_type=LargeBinary)
    at: datetime = Field(sa_type=TIME)
