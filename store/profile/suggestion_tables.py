"""The table of what people suggest about products."""

from datetime import datetime

from sqlalchemy import Double, LargeBinary, Text
from sqlmodel import Field, Index, SQLModel

from store.columns import KEY, TIME


class SuggestionRow(SQLModel, table=True):
    """A suggestion, its text without personal numbers; `reference` names it at its source.

    `text_hash` is of the text as it is compared. A duplicate names the suggestion that it repeats;
    one that only resembles another names it with how much, for a person to decide.
    """

    __tablename__ = "product_suggestions"
    __table_args__ = (
        Index(None, "brand", "source", "reference", unique=True),
        Index(None, "brand", "product", "submitted_at"),
        Index(None, "brand", "text_hash"),
        Index(None, "brand", "status", "submitted_at"),
        Index(None, "brand", "duplicate_of"),
        Index(None, "brand", "one_id"),
    )

    brand: str = Field(sa_type=KEY, primary_key=True)
    id: str = Field(sa_type=KEY, primary_key=True)
    source: str = Field(sa_type=KEY)
    reference: str = Field(sa_type=KEY)
    product: str = Field(sa_type=KEY)
    text: str = Field(sa_type=Text)
    compared: str = Field(sa_type=Text)
    text_hash: bytes = Field(sa_type=LargeBinary)
    one_id: str | None = Field(default=None, sa_type=KEY)
    author: str = Field(sa_type=Text)
    submitted_at: datetime = Field(sa_type=TIME)
    status: str = Field(sa_type=KEY)
    duplicate_of: str | None = Field(default=None, sa_type=KEY)
    resembles: str | None = Field(default=None, sa_type=KEY)
    similarity: float | None = Field(default=None, sa_type=Double)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=TIME)
