"""GraphQL: documents of the manifest, and what errors inside answers mean."""

from connectors.protocols.graphql.client import GraphQLClient
from connectors.protocols.graphql.document import DocumentError, read_document, read_fragment

__all__ = ["DocumentError", "GraphQLClient", "read_document", "read_fragment"]
