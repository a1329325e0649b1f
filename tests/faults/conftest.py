"""A server that breaks every promise, for each test."""

from tests.connectors.conftest import raw

__all__ = ["raw"]
