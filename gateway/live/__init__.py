"""Subscriptions on the wire: graphql-transport-ws and server-sent events."""
