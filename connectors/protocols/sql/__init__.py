"""SQL: declared statements over a pool of read-only connections, with typed rows."""

from connectors.protocols.sql.client import SqlClient

__all__ = ["SqlClient"]
