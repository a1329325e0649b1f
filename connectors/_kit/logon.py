"""One failed logon stops a connector: old systems lock a user after a few."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from capabilities.errors import Denied
from capabilities.shared import SharedLogons

LATCHED = "UPSTREAM_LOGON_LATCHED"
# A process that dies while it tries holds the others up for so long; a call may take as long.
_TRY_SECONDS = 10.0
_log = logging.getLogger(__name__)


class LogonLatch:
    """Lets calls through until a logon fails; then none, until a person resumes.

    As long as no logon has ever worked, calls go one at a time, in all processes together: many
    first tries at once with a wrong password would lock the user before the first answer is back.
    """

    def __init__(self, source: str, shared: SharedLogons | None = None) -> None:
        self._source = source
        self._shared = shared
        self._first = asyncio.Lock()
        self._proven = False
        self._latched = False
        if shared is not None:
            shared.follow(source, self)

    def trip(self) -> None:
        """The system refused the logon."""
        if not self._latched:
            _log.error("logon latched", extra={"connector": self._source})
            if self._shared is not None:
                self._shared.settled(self._source, failed=True)
        self.heard_failed()

    def heard_failed(self) -> None:
        """The system refused the logon, here or in another process."""
        self._latched = True
        self._proven = False

    def prove(self) -> None:
        """The system accepted the logon."""
        self._proven = True

    def resume(self) -> None:
        """A person says that the logon is right again; the next call tries it alone."""
        if self._latched:
            _log.info("logon resumed", extra={"connector": self._source})
        self._latched = False

    @property
    def latched(self) -> bool:
        """Whether no call is made until a person resumes."""
        return self._latched

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
                async with self._alone():
                    yield
                return
        yield

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """The one try of all processes."""
        if self._shared is None:
            yield
            return
        try:
            await self._shared.claim(self._source, _TRY_SECONDS)
            self._refuse_when_latched()
            yield
        finally:
            if not self._latched:
                self._shared.settled(self._source, failed=False)

    def _refuse_when_latched(self) -> None:
        if self._latched:
            raise Denied(
                "a logon failed; no call is made until a person resumes the connector",
                source=self._source,
                code=LATCHED,
            )
