"""The HTTP side: the GraphQL endpoint, the explorer page, health and metrics."""
