"""The documents of the graph under an operator's limits."""

from collections.abc import Callable, Sequence

from graphql import GraphQLSchema

from capabilities.native import ExtensionPoint
from gateway.execution.documents import Documents
from gateway.execution.limits import DocumentLimits
from gateway.execution.natives import with_natives
from gateway.execution.plan import Ran
from gateway.settings import Settings
from gateway.usage.counting import Counting
from schema.build import build_schema


def configured_documents(settings: Settings) -> Documents:
    """A document cache of the contract alone."""
    return documents_maker(settings)(())


def documents_maker(
    settings: Settings,
    ran: Ran = lambda _engine, _reason: None,
    counting: Counting | None = None,
) -> Callable[[Sequence[ExtensionPoint]], Documents]:
    """What makes a document cache of the contract with some native types.

    `ran` hears who ran what, `counting` counts for all of them. The contract is built once; each
    cache has a schema of its own.
    """
    contract = build_schema()._schema  # noqa: SLF001 - graphql-core's own schema is what executes

    def make(points: Sequence[ExtensionPoint]) -> Documents:
        return _documents(settings, with_natives(contract, points), ran, counting)

    return make


def _documents(
    settings: Settings, schema: GraphQLSchema, ran: Ran, counting: Counting | None
) -> Documents:
    limits = DocumentLimits(
        depth=settings.max_depth,
        fields=settings.max_fields,
        aliases=settings.max_aliases,
        directives=settings.max_directives,
    )
    return Documents(
        schema,
        limits,
        max_document_bytes=settings.max_document_bytes,
        open_schema=settings.introspection,
        max_tokens=settings.max_tokens,
        max_count=settings.document_cache_size,
        max_bytes=settings.document_cache_bytes,
        ran=ran,
        counting=counting,
    )
