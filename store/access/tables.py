"""Tables of who may ask and of what was done: API keys, and the audit trail."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, LargeBinary, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class AuditRow(SQLModel, table=True):
    """One entry of the audit trail; rows are only ever added, a trigger sees to it."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index(None, "brand", "about", "number"),
        Index(None, "brand", "actor", "number"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: int = Field(sa_type=BigInteger, primary_key=True)
    at: datetime = Field(sa_type=TIME)
    action: str = Field(sa_type=KEY)
    actor: str = Field(sa_type=KEY)
    role: str | None = Field(default=None, sa_type=KEY)
    about: str | None = Field(default=None, sa_type=KEY)
    reason: str | None = Field(default=None, sa_type=Text)
    facts: str = Field(sa_type=Text)
    hash: bytes = Field(sa_type=LargeBinary)


class AuditHeadRow(SQLModel, table=True):
    """The end of a brand's chain, and the lock of who adds to it; it only ever grows."""

    __tablename__ = "audit_heads"

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: int = Field(sa_type=BigInteger)
    hash: bytes = Field(sa_type=LargeBinary)


class ApiKeyRow(SQLModel, table=True):
    """A machine's key: of its secret only a hash. A rotation adds a row of the same name."""

    __tablename__ = "api_keys"
    __table_args__ = (Index(None, "brand", "name"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    name: str = Field(sa_type=KEY)
    hash: bytes = Field(sa_type=LargeBinary)
    role: str = Field(sa_type=KEY)
    channels: list[str] | None = Field(default=None, sa_type=ARRAY(Text))
    stores: list[str] | None = Field(default=None, sa_type=ARRAY(Text))
    created_at: datetime = Field(sa_type=TIME)
    created_by: str = Field(sa_type=Text)
    expires_at: datetime | None = Field(default=None, sa_type=TIME)
    revoked_at: datetime | None = Field(default=None, sa_type=TIME)
