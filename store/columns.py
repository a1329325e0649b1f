"""What columns of the platform's tables share, and how indexes and keys are named."""

from sqlalchemy import DateTime, Text
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "pk": "%(table_name)s_pkey",
}

# Byte order everywhere, whatever the collation of the database: pages by key need one order.
KEY = Text(collation="C")
TIME = DateTime(timezone=True)
