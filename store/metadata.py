"""All tables together, whichever module describes them."""

from sqlmodel import SQLModel

from store import copied_tables, event_tables, order_tables, privacy_tables, tables

TABLES = (tables, copied_tables, privacy_tables, event_tables, order_tables)
METADATA = SQLModel.metadata
