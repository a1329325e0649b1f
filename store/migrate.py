"""Brings the schema of a database up to date; the only way that schemas change."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from capabilities.errors import BadInput, StoreUnavailable
from store.address import driver_url
from store.later_indexes import build_later

_MIGRATIONS = Path(__file__).parent / "migrations"
# Any constant that nobody else uses: processes that start together migrate one after another.
_LOCK = 0x5A_07_06_1D


def upgrade(database_url: str, revision: str = "head") -> None:
    """Run every migration that is missing, in one transaction; nothing to do is no error.

    Indexes of large tables are built behind it, while others write.

    BadInput for an address that is none, StoreUnavailable with the driver's words when nobody
    answers there; else raises what the database raises: an operator is watching.
    """
    try:
        with alembic_config(database_url) as config:
            command.upgrade(config, revision)
        if revision == "head":
            _build_later(database_url)
    except ArgumentError as exc:
        raise BadInput("the database's address is no URL like postgresql://host/name") from exc
    except OperationalError as exc:
        told = " ".join(str(exc.orig).split())  # libpq writes several lines
        raise StoreUnavailable(f"the store cannot be migrated: {told}") from exc


def _build_later(database_url: str) -> None:
    engine = create_engine(driver_url(database_url), poolclass=NullPool)
    try:
        build_later(engine)
    finally:
        engine.dispose()


@contextmanager
def alembic_config(database_url: str) -> Iterator[Config]:
    """Alembic's own configuration, for its other commands, on a locked transaction."""
    engine = create_engine(driver_url(database_url), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield _config(connection)
    finally:
        engine.dispose()


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
