"""The documents of the graph under an operator's limits."""

from gateway.execution.documents import Documents
from gateway.execution.limits import DocumentLimits
from gateway.execution.plan import Ran
from gateway.settings import Settings
from schema.build import build_schema


def configured_documents(settings: Settings, ran: Ran = lambda _engine, _reason: None) -> Documents:
    """A document cache of its own, over a schema of its own; `ran` hears who ran what."""
    limits = DocumentLimits(
        depth=settings.max_depth,
        fields=settings.max_fields,
        aliases=settings.max_aliases,
        directives=settings.max_directives,
    )
    return Documents(
        build_schema()._schema,  # noqa: SLF001 - graphql-core's own schema is what executes
        limits,
        max_document_bytes=settings.max_document_bytes,
        open_schema=settings.introspection,
        max_tokens=settings.max_tokens,
        max_count=settings.document_cache_size,
        max_bytes=settings.document_cache_bytes,
        ran=ran,
    )
