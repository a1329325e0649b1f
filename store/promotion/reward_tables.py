"""The table of coupons that orders earn: given out once the order is paid."""

from datetime import datetime

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from store.columns import KEY, TIME


class OrderRewardRow(SQLModel, table=True):
    """A coupon of a template that a promotion of an order promises; `coupon` once it is given."""

    __tablename__ = "order_rewards"

    brand: str = Field(sa_type=KEY, primary_key=True)
    number: str = Field(sa_type=KEY, primary_key=True)
    channel: str = Field(sa_type=KEY, primary_key=True)
    promotion: str = Field(sa_type=KEY, primary_key=True)
    template: str = Field(sa_type=KEY)
    one_id: str = Field(sa_type=KEY)
    state: str = Field(sa_type=Text)
    coupon: str | None = Field(default=None, sa_type=KEY)
    changed_at: datetime = Field(sa_type=TIME)
