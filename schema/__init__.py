"""The contract: Strawberry types and resolvers, one file a capability."""
