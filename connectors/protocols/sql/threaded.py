"""Statements over a database's threads: faults of the driver become ours."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, cast

from capabilities.errors import ChannelError, Denied
from connectors._kit.errors import scrubbed
from connectors._kit.logon import LogonLatch
from connectors.protocols.sql.lanes import Lanes, Link
from connectors.protocols.sql.values import Row


class SqlLink(Link, Protocol):
    """A connection that runs statements."""

    def rows(self, statement: str, params: Mapping[str, Any], most: int) -> list[Row]:
        """At most one row more than `most`."""


class ThreadedRows:
    """Rows of statements; made inside the event loop, closed with `aclose`."""

    def __init__(
        self,
        source: str,
        places: int,
        latch: LogonLatch,
        make: Callable[[], SqlLink],
        fault: Callable[[Exception, str], ChannelError],
    ) -> None:
        self._source = source
        self._latch = latch
        self._fault = fault
        self.lanes = Lanes(source, places, make)

    async def rows(self, statement: str, params: Mapping[str, Any], most: int) -> list[Row]:
        """At most one row more than `most`."""
        try:
            rows = await self.lanes.run(
                lambda link: cast("SqlLink", link).rows(statement, params, most)
            )
        except ChannelError:
            raise
        except Exception as exc:  # noqa: BLE001 - drivers raise what they like
            fault, cause = self._fault(exc, self._source), scrubbed(exc)
        else:
            self._latch.prove()
            return rows
        if isinstance(fault, Denied):
            self._latch.trip()
        raise fault from cause  # outside the handler: the driver's text holds values

    async def aclose(self) -> None:
        """Give up what runs and close every connection."""
        await self.lanes.aclose()
