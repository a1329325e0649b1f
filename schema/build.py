"""The schema, built: views, scalars and policy put together and checked."""

from functools import cached_property

from graphql import GraphQLInputObjectType
from msgspec import Struct
from strawberry.federation import Schema
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig

from capabilities.visibility import POLICY, Policy
from schema.contract import DEFINITION, check_described, check_nullable, record_views
from schema.mutation import Mutation
from schema.policy import guard
from schema.query import Query
from schema.scalars import SCALARS
from schema.subscription import Subscription

# Printed beside the contract, so that a tool without knowledge of federation can read it.
_FEDERATION = """\
directive @key(
  fields: federation__FieldSet!
  resolvable: Boolean = true
) repeatable on OBJECT | INTERFACE

directive @link(
  url: String!
  as: String
  for: link__Purpose
  import: [link__Import]
) repeatable on SCHEMA

scalar federation__FieldSet

scalar link__Import

enum link__Purpose {
  SECURITY
  EXECUTION
}
"""


class SantongSchema(Schema):
    """The graph, checked and guarded."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(
            query=Query,
            mutation=Mutation,
            subscription=Subscription,
            config=StrawberryConfig(scalar_map=SCALARS),
        )
        check_described(self._schema)
        check_nullable(self._schema)
        guard(self._schema, policy)

    @cached_property
    def sdl(self) -> str:
        """The schema definition language that a federation router reads, printed once."""
        return print_schema(self).strip()

    @cached_property
    def views(self) -> dict[type[Struct], str]:
        """Name of the type that shows a record, for records that only one view shows."""
        return record_views(self._schema)

    def _extend_introspection(self) -> None:
        """Mark `@oneOf` inputs for graphql-core, which then checks and shows them by itself.

        Strawberry's own way checks them late, and patches a type that all schemas share.
        """
        for kind in self._schema.type_map.values():
            definition = kind.extensions.get(DEFINITION)
            if isinstance(kind, GraphQLInputObjectType):
                kind.is_one_of = getattr(definition, "is_one_of", False)

    def as_str(self) -> str:
        """The printed contract, as it stands in `schema/santong.graphql`."""
        return f"{_FEDERATION}\n{self.sdl}"


def build_schema(policy: Policy = POLICY) -> SantongSchema:
    """A schema of its own; may be called any number of times."""
    return SantongSchema(policy)
