"""Files that senders pushed: which are whole, and how far the others have come."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import text

from capabilities.senders import SentFile
from store.engine import Store
from store.row_records import records_of

_FIELDS = "sender, name, sha256, size, received, store, day, started_at, whole_at"
_STANDING = text(f"""
  SELECT {_FIELDS} FROM inbox_files
  WHERE brand = :brand AND connector = :connector AND sender = :sender AND name = :name
""")  # noqa: S608 - our own words
# What was whole stays so: a part that was slow on its way takes nothing back.
_TELL = text("""
  INSERT INTO inbox_files AS old (brand, connector, sender, name, sha256, size, received, store,
                                  day, started_at, changed_at, whole_at)
  VALUES (:brand, :connector, :sender, :name, :sha256, :size, :received, :store,
          CAST(:day AS date), now(), now(), CASE WHEN :received = :size THEN now() END)
  ON CONFLICT (brand, connector, sender, name) DO UPDATE
  SET sha256 = excluded.sha256, size = excluded.size, received = excluded.received,
      store = excluded.store, day = excluded.day, changed_at = excluded.changed_at,
      whole_at = excluded.whole_at,
      started_at = CASE WHEN old.sha256 = excluded.sha256 AND old.whole_at IS NULL
                   THEN old.started_at ELSE excluded.started_at END
  WHERE old.sha256 <> excluded.sha256 OR old.whole_at IS NULL
""")
# Each sender's newest, and whatever is on its way.
_SHOWN = text(f"""
  SELECT {_FIELDS} FROM (
    SELECT *, row_number() OVER (
      PARTITION BY sender ORDER BY whole_at DESC NULLS LAST, name) AS turn
    FROM inbox_files WHERE brand = :brand AND connector = :connector
  ) AS f
  WHERE turn = 1 OR whole_at IS NULL
  ORDER BY sender, whole_at DESC NULLS LAST, name
""")  # noqa: S608 - as above
_FORGET = text("""
  DELETE FROM inbox_files
  WHERE brand = :brand
    AND changed_at < now() - CAST(:seconds AS double precision) * interval '1 second'
""")


class SentFiles:
    """The files of one brand's senders."""

    def __init__(self, store: Store, brand: str) -> None:
        self._store = store
        self._brand = brand

    async def standing(self, connector: str, sender: str, name: str) -> SentFile | None:
        """What a sender has sent under a name last."""
        named = {"brand": self._brand, "connector": connector, "sender": sender, "name": name}
        return next(iter(_files(await self._store.rows(_STANDING, named))), None)

    async def tell(self, connector: str, file: SentFile) -> None:
        """So much of a file came; it is whole with its last byte."""
        named = {"brand": self._brand, "connector": connector}
        await self._store.rows(_TELL, {**named, **asdict(file)})

    async def shown(self, connector: str) -> Sequence[SentFile]:
        """The newest whole file of each sender, and those on their way."""
        named = {"brand": self._brand, "connector": connector}
        return _files(await self._store.rows(_SHOWN, named))

    async def forget(self, seconds: float) -> None:
        """Know no more of files that did not change for so long."""
        await self._store.rows(_FORGET, {"brand": self._brand, "seconds": seconds})


def _files(rows: Sequence[Any]) -> list[SentFile]:
    return records_of(rows, SentFile)
