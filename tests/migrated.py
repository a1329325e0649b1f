"""Databases with the store's schema, made from one that was migrated."""

import psycopg
from psycopg import sql

from gateway.embedded import EmbeddedPostgres
from store.migrate import upgrade

_TEMPLATE = "santong_migrated"


def migrated(postgres: EmbeddedPostgres, name: str) -> str:
    """The address of a database of this name, migrated to the newest revision.

    The migrations run once for a server; a copy of what they made costs a fraction of them.
    """
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        known = {one for (one,) in connection.execute("SELECT datname FROM pg_database")}
        if _TEMPLATE not in known:
            upgrade(postgres.create_database(_TEMPLATE))
        if name not in known:
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(_TEMPLATE)))
    return postgres.dsn(name)
