"""The queue of jobs, in a schema of its own in the platform's PostgreSQL.

Procrastinate keeps jobs and schedules; see docs/decisions/files.md. A job's arguments are the
names of connectors and nothing else.
"""

from typing import Any, LiteralString

import procrastinate
import psycopg
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.schema import SchemaManager

SCHEMA: LiteralString = "work"
_SEARCH_PATH = f"-c search_path={SCHEMA}"
# Any constant that nobody else uses: processes that start together make the schema once.
_LOCK = 0x5A_07_06_1E
_MOST_CONNECTIONS = 4


def open_queue(database_url: str) -> procrastinate.App:
    """The queue over a pool of its own, which is opened with the queue."""
    connector = procrastinate.PsycopgConnector(
        conninfo=database_url,
        kwargs={"options": _SEARCH_PATH},
        min_size=1,
        max_size=_MOST_CONNECTIONS,
    )
    return procrastinate.App(connector=connector)


def prepare(database_url: str) -> None:
    """Make the queue's schema where it is missing."""
    with psycopg.connect(database_url, options=_SEARCH_PATH) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        made = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
        if made == (None,):
            connection.execute(SchemaManager.get_schema())


async def defer_once(task: Any, connector: str) -> bool:
    """One job of a kind for a connector, and one that runs; whether it was not waiting already."""
    name = f"{task.name}:{connector}"
    try:
        await task.configure(queueing_lock=name, lock=name).defer_async(connector=connector)
    except AlreadyEnqueued:
        return False
    return True
