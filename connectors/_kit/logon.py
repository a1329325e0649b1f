"""One failed logon stops a connector: old systems lock a user after a few."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from capabilities.errors import Denied

LATCHED = "UPSTREAM_LOGON_LATCHED"


class LogonLatch:
    """Lets calls through until a logon fails; then none, until a person resumes.

    As long as no logon has ever worked, calls go one at a time: many first tries at once with a
    wrong password would lock the user before the first answer is back.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._first = asyncio.Lock()
        self._proven = False
        self._latched = False

    def trip(self) -> None:
        """The system refused the logon."""
        self._latched = True
        self._proven = False

    def prove(self) -> None:
        """The system accepted the logon."""
        self._proven = True

    def resume(self) -> None:
        """A person says that the logon is right again; the next call tries it alone."""
        self._latched = False

    @property
    def proven(self) -> bool:
        """Whether a logon has worked and none has failed since: then calls need no room."""
        return self._proven

    @asynccontextmanager
    async def passing(self) -> AsyncIterator[None]:
        """Room for one call; Denied UPSTREAM_LOGON_LATCHED without any call when latched."""
        self._refuse_when_latched()
        if self._proven:
            yield
            return
        async with self._first:
            self._refuse_when_latched()
            if not self._proven:
                yield
                return
        yield

    def _refuse_when_latched(self) -> None:
        if self._latched:
            raise Denied(
                "a logon failed; no call is made until a person resumes the connector",
                source=self._source,
                code=LATCHED,
            )
