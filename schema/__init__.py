"""The contract: Strawberry types and resolvers, one file a capability."""

from schema.enums import declare_enums

# Before any view: Strawberry gives an enum that it meets undeclared a definition without words.
declare_enums()
