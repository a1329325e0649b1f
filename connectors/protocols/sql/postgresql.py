"""PostgreSQL: an asynchronous pool whose sessions only read, and one that may write."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.numeric import NumericLoader

from connectors._kit.addresses import Endpoint
from connectors.protocols.sql.options import Reading

ISOLATION = {"read_committed": "read committed", "snapshot": "repeatable read"}
_FLOATS = ("float4", "float8")


def arguments(reading: Reading, *, writes: bool = False) -> Mapping[str, Any]:
    """The driver's arguments: a session that reads, in UTC, and waits for nobody for long."""
    isolation = reading.isolation(ISOLATION).replace(" ", "\\ ")
    settings = {
        "default_transaction_read_only": "off" if writes else "on",
        "default_transaction_isolation": isolation,
        "statement_timeout": reading.patience_ms,
        "lock_timeout": reading.lock_ms,
        "TimeZone": "UTC",
    }
    return {
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        "application_name": "santong",
        "client_encoding": "utf8",
    }


def prepare(connection: Any) -> None:
    """Floating-point columns come as their text, so that no digit is invented."""
    for name in _FLOATS:
        connection.adapters.register_loader(name, NumericLoader)


def connecting(endpoint: Endpoint | None) -> Callable[..., Awaitable[Any]]:
    """Connects to where the endpoint leads now; without one to a Unix socket."""

    async def connect(*words: Any, **options: Any) -> Any:
        if endpoint is not None:
            found = [str(one[4][0]) for one in await endpoint.lookup()]
            options |= {
                "host": ",".join([endpoint.host] * len(found)),
                "hostaddr": ",".join(found),
                "port": ",".join([str(endpoint.port)] * len(found)),
            }
        return await AsyncConnection.connect(*words, **options)

    return connect
