"""Operations that are known by their ids, as one process holds them."""

from msgspec import Struct

from gateway.execution.persisted import PersistedOperations
from gateway.execution.registry import Registry
from gateway.opened.ground import Ground
from store.operating.operations import Operations


class OpenedDocuments(Struct, frozen=True, eq=False):
    """The operations that are registered, those in force, and how they are asked for."""

    operations: Operations
    registry: Registry
    persisted: PersistedOperations


def opened_documents(ground: Ground) -> OpenedDocuments:
    """The operations of a process."""
    settings = ground.settings
    operations = Operations(ground.store, ground.brand)
    registry = Registry(settings.operations, operations, ground.versions.operations)
    persisted = PersistedOperations(
        registry,
        settings.trusted_documents,
        automatic=settings.demo,
        asked=ground.metrics.asked,
    )
    return OpenedDocuments(operations, registry, persisted)
