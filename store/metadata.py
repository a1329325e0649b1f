"""All tables together, whichever module describes them."""

from sqlmodel import SQLModel

from store import copied_tables, privacy_tables, tables

TABLES = (tables, copied_tables, privacy_tables)
METADATA = SQLModel.metadata
