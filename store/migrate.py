"""Brings the schema of a database up to date; the only way that schemas change."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from msgspec import Struct
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.pool import NullPool

from capabilities.errors import BadInput, StoreUnavailable
from store.address import driver_url
from store.later_indexes import build_later
from store.lock_holders import LockWatch, Waited

_MIGRATIONS = Path(__file__).parent / "migrations"
# Any constant that nobody else uses: processes that start together migrate one after another.
_LOCK = 0x5A_07_06_1D
_IN_THE_WAY = (LockNotAvailable, DeadlockDetected)
_BOUND = text("SELECT set_config('lock_timeout', :of, true)")
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0


class Patience(Struct, frozen=True):
    """How long a migration waits for the lock of one table, and for all of them in the end.

    Whoever comes after it waits behind it as long: a migration that cannot have a lock soon makes
    way for them and tries again.
    """

    lock_seconds: float = 3.0
    seconds: float = 120.0


PATIENCE = Patience()
Told = Callable[[str], None]


def upgrade(
    database_url: str,
    revision: str = "head",
    patience: Patience = PATIENCE,
    told: Told = lambda _: None,
) -> None:
    """Run every migration that is missing, in one transaction; nothing to do is no error.

    Indexes of large tables are built behind it, while others write.

    `told` hears what it waits for. BadInput for an address that is none, StoreUnavailable with the
    driver's words when nobody answers there, or `MIGRATION_LOCKED` when a table stays locked; else
    raises what the database raises: an operator is watching.
    """
    try:
        engine = create_engine(driver_url(database_url), poolclass=NullPool)
    except ArgumentError as exc:
        raise BadInput("the database's address is no URL like postgresql://host/name") from exc
    try:
        _upgraded(engine, revision, patience, told)
        if revision == "head":
            build_later(engine)
    except OperationalError as exc:
        words = " ".join(str(exc.orig).split())  # libpq writes several lines
        raise StoreUnavailable(f"the store cannot be migrated: {words}") from exc
    finally:
        engine.dispose()


def _upgraded(engine: Engine, revision: str, patience: Patience, told: Told) -> None:
    """Try until it is done or patience is over; an attempt that ends early has changed nothing."""
    until, pause = time.monotonic() + patience.seconds, _FIRST_PAUSE
    while True:
        waited, exc = _attempt(engine, revision, patience.lock_seconds)
        if exc is None:
            return
        what = "somebody else's lock is in the way" if waited is None else str(waited)
        rest = pause * random.uniform(0.5, 1.0)  # noqa: S311 - so that two do not meet again
        if time.monotonic() + rest > until:
            message = f"{what}; nothing was changed: end it, or migrate when it is over"
            raise StoreUnavailable(message, code="MIGRATION_LOCKED") from exc
        told(f"{what}; trying again")
        time.sleep(rest)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _attempt(
    engine: Engine, revision: str, lock_seconds: float
) -> tuple[Waited | None, OperationalError | None]:
    """One transaction; the error where a lock was in its way, with what was seen of that."""
    watch: LockWatch | None = None
    try:
        with _locked(engine) as connection:
            pid = connection.scalar(text("SELECT pg_backend_pid()"))
            with LockWatch(engine, pid) as watch:
                connection.execute(_BOUND, {"of": str(round(lock_seconds * 1_000))})
                command.upgrade(_config(connection), revision)
    except OperationalError as exc:
        if not isinstance(exc.orig, _IN_THE_WAY):
            raise
        return (None if watch is None else watch.last), exc
    return None, None


@contextmanager
def alembic_config(database_url: str) -> Iterator[Config]:
    """Alembic's own configuration, for its other commands, on a locked transaction."""
    engine = create_engine(driver_url(database_url), poolclass=NullPool)
    try:
        with _locked(engine) as connection:
            yield _config(connection)
    finally:
        engine.dispose()


@contextmanager
def _locked(engine: Engine) -> Iterator[Connection]:
    """A transaction beside which nobody else migrates."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
