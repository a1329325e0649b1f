"""How a connection reads, as a manifest and the connector's limits say it."""

from collections.abc import Mapping

from msgspec import Struct

from capabilities.errors import BadInput
from connectors.protocols.sql.values import Columns

ISOLATION = ("read_committed", "snapshot", "nolock")
_SHARE = 0.9  # the server gives up before we do, so that it tells us and its work ends
CODE = "DATABASE_ADDRESS_INVALID"


class SqlDatabase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The block `database` of a manifest."""

    dialect: str | None = None
    encoding: str | None = None
    columns: dict[str, str] = {}
    documents: tuple[str, ...] = ()
    key_encoding: str | None = None
    isolation: str | None = None
    lock_timeout_ms: int | None = None


class Reading(Struct, frozen=True, kw_only=True):
    """One connector's manner of reading."""

    source: str
    deadline_ms: int
    database: SqlDatabase

    @property
    def patience_ms(self) -> int:
        """How long a statement may run."""
        return max(1, int(self.deadline_ms * _SHARE))

    @property
    def lock_ms(self) -> int:
        """How long a statement may wait for somebody's lock."""
        return min(self.database.lock_timeout_ms or self.patience_ms, self.patience_ms)

    @property
    def columns(self) -> Columns:
        """What is known of columns."""
        return Columns(
            source=self.source,
            encoding=self.database.encoding,
            texts=self.database.columns,
            documents=frozenset(self.database.documents),
        )

    def isolation(self, words: Mapping[str, str]) -> str:
        """A dialect's word for the declared isolation; BadInput when it has none."""
        asked = self.database.isolation or "read_committed"
        if asked not in words:
            message = f"this database reads with the isolation {' or '.join(words)}, not {asked}"
            raise BadInput(message, code=CODE)
        return words[asked]
