"""A database's address, whichever of its usual spellings an operator wrote."""

from sqlalchemy import URL, make_url

# What SQLAlchemy knows of our driver: how it is told an address, and how it reads a statement.
DIALECT = make_url("postgresql+psycopg://").get_dialect()()


def driver_url(database_url: str) -> URL:
    """The URL with our driver: `postgres://` and `postgresql://` mean psycopg here."""
    return make_url(database_url).set(drivername="postgresql+psycopg")
