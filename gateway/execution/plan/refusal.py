"""A field that callers of a plan's role may not see: null, and an error at each of its places."""

from graphql import FieldNode, GraphQLError, located_error
from msgspec import Struct

from capabilities.errors import SantongError


class Refusal(Struct, frozen=True):
    """Why a field is null, and where it stands in the document."""

    error: SantongError
    nodes: tuple[FieldNode, ...]

    def at(self, path: list[str | int]) -> GraphQLError:
        """The error as graphql-core tells it."""
        return located_error(self.error, list(self.nodes), path)
