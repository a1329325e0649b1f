"""A real PostgreSQL and a real Valkey as owned child processes, for the demo and the tests."""

from gateway.embedded.errors import EmbeddedError
from gateway.embedded.postgres import EmbeddedPostgres
from gateway.embedded.process import OwnedProcess
from gateway.embedded.valkey import EmbeddedValkey

__all__ = ["EmbeddedError", "EmbeddedPostgres", "EmbeddedValkey", "OwnedProcess"]
