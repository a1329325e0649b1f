"""Tables of sagas: changes of several systems that end done everywhere or undone everywhere."""

from datetime import datetime

from sqlalchemy import Integer, LargeBinary, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class OrderSagaRow(SQLModel, table=True):
    """One saga; `place` is the step that is on its way."""

    __tablename__ = "order_sagas"
    __table_args__ = (Index("order_sagas_state", "brand", "state", "changed_at"),)

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    state: str = Field(sa_type=Text)
    place: int = Field(sa_type=Integer)
    reason: str | None = Field(default=None, sa_type=Text)
    author: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=TIME)
    changed_at: datetime = Field(sa_type=TIME)


class OrderSagaStepRow(SQLModel, table=True):
    """One step: a command, and the one that takes it back; both sealed until they are ordered."""

    __tablename__ = "order_saga_steps"
    __table_args__ = (
        Index("order_saga_steps_command", "brand", "command"),
        Index("order_saga_steps_undo", "brand", "undo"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    saga: str = Field(sa_type=KEY, primary_key=True)
    place: int = Field(sa_type=Integer, primary_key=True)
    command: str = Field(sa_type=KEY)
    undo: str | None = Field(default=None, sa_type=KEY)
    owner: str = Field(sa_type=KEY)
    sealed_do: bytes | None = Field(default=None, sa_type=LargeBinary)
    sealed_undo: bytes | None = Field(default=None, sa_type=LargeBinary)
