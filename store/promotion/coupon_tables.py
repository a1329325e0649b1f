"""Tables of coupons: templates, batches of codes, each coupon, and every step of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class CouponTemplateRow(SQLModel, table=True):
    """A template as it stands; `given` counts what was given out, within its limit."""

    __tablename__ = "coupon_templates"

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    version: int = Field(sa_type=Integer)
    template: dict[str, Any] = Field(sa_type=JSONB)
    given: int = Field(sa_type=BigInteger)
    author: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    changed_at: datetime = Field(sa_type=TIME)


class CouponBatchRow(SQLModel, table=True):
    """Codes that are issued together: so many, of which so many are made."""

    __tablename__ = "coupon_batches"

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    template: str = Field(sa_type=KEY)
    wanted: int = Field(sa_type=BigInteger)
    made: int = Field(sa_type=BigInteger)
    author: str = Field(sa_type=Text)
    started_at: datetime = Field(sa_type=TIME)


class CouponRow(SQLModel, table=True):
    """One coupon; its code is here as a keyed hash, and sealed for whoever may have it."""

    __tablename__ = "coupons"
    __table_args__ = (
        Index(None, "brand", "code_hash", unique=True),
        Index("coupons_held", "brand", "one_id", postgresql_where=text("one_id IS NOT NULL")),
        Index(
            "coupons_batch", "brand", "batch", "number", postgresql_where=text("batch IS NOT NULL")
        ),
        Index("coupons_unit", "brand", "unit", postgresql_where=text("unit IS NOT NULL")),
        Index("coupons_listed", "brand", "issued", "id"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    template: str = Field(sa_type=KEY)
    code_hash: bytes = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    state: str = Field(sa_type=Text)
    one_id: str | None = Field(default=None, sa_type=KEY)
    batch: str | None = Field(default=None, sa_type=KEY)
    number: int | None = Field(default=None, sa_type=BigInteger)
    unit: str | None = Field(default=None, sa_type=KEY)
    order_channel: str | None = Field(default=None, sa_type=Text)
    order_number: str | None = Field(default=None, sa_type=Text)
    locked_until: datetime | None = Field(default=None, sa_type=TIME)
    issued: int = Field(sa_type=BigInteger)
    expires_at: datetime | None = Field(default=None, sa_type=TIME)


class CouponStepRow(SQLModel, table=True):
    """What became of a coupon; rows are only ever added. One without a row was only issued."""

    __tablename__ = "coupon_steps"

    brand: str = Field(sa_type=KEY, primary_key=True)
    coupon: str = Field(sa_type=KEY, primary_key=True)
    sequence: int = Field(sa_type=Integer, primary_key=True)
    action: str = Field(sa_type=Text)
    unit: str | None = Field(default=None, sa_type=KEY)
    order_channel: str | None = Field(default=None, sa_type=Text)
    order_number: str | None = Field(default=None, sa_type=Text)
    author: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=TIME)


class CouponUnitRow(SQLModel, table=True):
    """Coupons that were locked together; as a whole they are redeemed and come back."""

    __tablename__ = "coupon_units"
    __table_args__ = (Index("coupon_units_order", "brand", "order_number"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    unit: str = Field(sa_type=KEY, primary_key=True)
    size: int = Field(sa_type=Integer)
    state: str = Field(sa_type=Text)
    order_channel: str = Field(sa_type=Text)
    order_number: str = Field(sa_type=Text)
    locked_until: datetime = Field(sa_type=TIME)
    author: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=TIME)


class CouponClaimRow(SQLModel, table=True):
    """How many coupons of a template a member has taken."""

    __tablename__ = "coupon_claims"

    brand: str = Field(sa_type=KEY, primary_key=True)
    template: str = Field(sa_type=KEY, primary_key=True)
    one_id: str = Field(sa_type=KEY, primary_key=True)
    claimed: int = Field(sa_type=Integer)
