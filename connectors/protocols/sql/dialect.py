"""What differs between databases: the driver, and how a session is made a polite reader."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from psycopg.types.numeric import NumericLoader
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from capabilities.errors import BadInput
from connectors._kit.secrets import Secret

_SHARE = 0.9  # the server gives up before we do, so that it tells us and its work ends
_FLOATS = ("float4", "float8")


class SqlDialect(Struct, frozen=True, kw_only=True):
    """One kind of database.

    `options` are the driver's arguments for a deadline in milliseconds, `prepare` is called once
    for every new connection of the driver.
    """

    driver: str
    options: Callable[[int], Mapping[str, Any]]
    prepare: Callable[[Any], None]


def _postgresql_options(deadline_ms: int) -> Mapping[str, Any]:
    patience = max(1, int(deadline_ms * _SHARE))
    settings = {
        "default_transaction_read_only": "on",
        "statement_timeout": patience,
        "lock_timeout": patience,
        "TimeZone": "UTC",
    }
    return {
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        "application_name": "santong",
        "client_encoding": "utf8",
    }


def _postgresql_prepare(connection: Any) -> None:
    """Floating-point columns come as their text, so that no digit is invented."""
    for name in _FLOATS:
        connection.adapters.register_loader(name, NumericLoader)


DIALECTS: Mapping[str, SqlDialect] = {
    "postgresql": SqlDialect(
        driver="postgresql+psycopg", options=_postgresql_options, prepare=_postgresql_prepare
    ),
}


def address(url: str, password: Secret | None) -> tuple[URL, SqlDialect]:
    """The driver's address and the dialect; the password comes by reference, never in the URL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None:
        raise BadInput("a database address is written as dialect://user@host/name", code=_CODE)
    if parsed.password is not None or "password" in parsed.query:
        raise BadInput("a database address holds no password: name a secret", code=_CODE)
    dialect = DIALECTS.get(parsed.drivername.partition("+")[0])
    if dialect is None:
        raise BadInput(f"the databases spoken are: {', '.join(DIALECTS)}", code=_CODE)
    whole = parsed.set(drivername=dialect.driver)
    return (whole if password is None else whole.set(password=password.reveal())), dialect


_CODE = "DATABASE_ADDRESS_INVALID"
