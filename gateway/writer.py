"""Every write of the graph, in one caller's name."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from cache import EntityCache
from capabilities.caller import Caller
from capabilities.estate import Capability
from capabilities.operations import (
    IdempotencyKeyReused,
    OperationFault,
    OperationInvalid,
    Registration,
)
from capabilities.purging import CachePurged, Purged
from capabilities.registration import ConnectorOutcome, RegisteredConnector, RegistrationAction
from gateway.execution.documents import Documents, Prepared
from gateway.execution.registry import Registry
from gateway.purging import purge
from gateway.registering import Registering, Wish
from store.operating.operations import Operations

_log = logging.getLogger(__name__)


class GraphWriter:
    """The writer of one request; the table of visibility has been asked before it is."""

    def __init__(
        self,
        caller: Caller,
        documents: Documents,
        operations: Operations,
        registry: Registry,
        *,
        cache: EntityCache,
        connectors: Sequence[str],
        registering: Registering,
        follow: Callable[[], Awaitable[None]],
    ) -> None:
        self._caller = caller
        self._documents = documents
        self._operations = operations
        self._registry = registry
        self._cache = cache
        self._connectors = connectors
        self._registering = registering
        self._follow = follow

    async def register_operation(
        self, text: str, name: str | None, idempotency_key: str
    ) -> Registration:
        """Register a text that may run here; others are declined with their faults."""
        prepared = self._documents.prepare(text)
        if prepared.document is None:
            return OperationInvalid(
                code="OPERATION_INVALID", path=("input", "text"), faults=faults(prepared)
            )
        registered = await self._operations.register(
            text, name, by=self._caller.subject, idempotency_key=idempotency_key
        )
        if registered is None:
            return IdempotencyKeyReused(
                code="IDEMPOTENCY_KEY_REUSED", path=("input", "idempotencyKey")
            )
        self._registry.learn(registered)
        return registered

    async def change_connector(
        self,
        action: RegistrationAction,
        name: str | None,
        definition: str | None,
        secrets: Mapping[str, str],
        reason: str,
        idempotency_key: str,
    ) -> ConnectorOutcome:
        """Change a registered connector; in this process it is in force when it is answered."""
        wish = Wish(
            action=action,
            name=name,
            definition=definition,
            secrets=secrets,
            author=self._caller.subject,
            reason=reason,
            idempotency_key=idempotency_key,
        )
        done = await self._registering.change(wish)
        if isinstance(done, RegisteredConnector):
            await self._follow()
        return done

    async def purge_cache(
        self,
        connector: str | None,
        capability: Capability | None,
        channel: str | None,
        key: str | None,
    ) -> Purged:
        """Drop what is kept; how much is said in the log, whom it concerns is not."""
        purged = await purge(
            self._cache,
            self._connectors,
            connector=connector,
            capability=capability,
            channel=channel,
            key=key,
        )
        if isinstance(purged, CachePurged):
            _log.info(
                "cache purged",
                extra={"subject": self._caller.subject, "connectors": purged.connectors},
            )
        return purged


def faults(prepared: Prepared) -> tuple[OperationFault, ...]:
    """What is wrong with a document, each at its first place."""
    found = []
    for error in prepared.errors:
        place = error.locations[0] if error.locations else None
        found.append(
            OperationFault(
                message=error.message,
                line=place and place.line,
                column=place and place.column,
            )
        )
    return tuple(found)
