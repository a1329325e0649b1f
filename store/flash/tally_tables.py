"""Tables of what flash sales answered: they decide nothing.

A process that dies takes with it what it had not written down yet.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel

from store.columns import KEY, TIME


class FlashAnswerRow(SQLModel, table=True):
    """How many answers of one kind a sale gave in all."""

    __tablename__ = "flash_answers"

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    answer: str = Field(sa_type=Text, primary_key=True)
    count: int = Field(sa_type=BigInteger)


class FlashSecondRow(SQLModel, table=True):
    """How many it gave in one second; a quarter of an hour of them is kept."""

    __tablename__ = "flash_seconds"

    brand: str = Field(sa_type=KEY, primary_key=True)
    sale: str = Field(sa_type=KEY, primary_key=True)
    at: datetime = Field(sa_type=TIME, primary_key=True)
    answer: str = Field(sa_type=Text, primary_key=True)
    count: int = Field(sa_type=BigInteger)
