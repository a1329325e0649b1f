"""Questions in SQL: the manifest's own statements, with bound values and two directions."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from msgspec.structs import replace

from capabilities.time import from_micros
from connectors.manifest import At, CompiledSection
from connectors.manifest.model import Lookup
from connectors.ports.wanted import Batch, Wanted
from connectors.protocols.sql import SqlClient
from connectors.protocols.sql.encodings import writable
from connectors.protocols.sql.statements import PARAMETER, expand

_NEWEST = {"desc": "DESC", "asc": "ASC", "before": "<", "upto": "<=", "beyond": ">"}
_OLDEST = {"desc": "ASC", "asc": "DESC", "before": ">", "upto": ">=", "beyond": "<"}
_TIES = "WITH TIES"
_MOST_ROWS = 20_000


class SqlReader:
    """A section over one database.

    Lists of keys are bound as lists (`IN :keys`), everything that may be missing as JSON or NULL.
    """

    partitioned = True
    pushes_channels = True

    def __init__(
        self,
        client: SqlClient,
        section: CompiledSection,
        at: At,
        fragments: Mapping[str, str],
        key_encoding: str | None = None,
    ) -> None:
        self._client = client
        self._row_type = section.row_type
        self._section = section.section
        self._at = at
        self._fragments = fragments
        self._key_encoding = key_encoding

    async def by_keys(self, lookup: Lookup, keys: Sequence[str]) -> Sequence[Any]:
        """The rows of one statement; a key that no column can hold would only fail the others."""
        return await self._rows(lookup.own.statement, _both(writable(keys, self._key_encoding)))

    async def rows(self, wanted: Wanted) -> Batch:
        """The rows of the section's list, from the place's own moment on."""
        place = wanted.after
        if self._is_dateless and place is not None and place.value != 0:
            # Rows without a date stand at 0: all of them behind the place, or all before it.
            if (place.value > 0) != wanted.newest_first:
                return Batch(rows=(), exhausted=True)
            wanted = replace(wanted, after=None)
        if wanted.customers is not None:
            own = writable(wanted.customers, self._key_encoding)
            wanted = replace(wanted, customers=tuple(own))
        statement, values = self._statement(wanted), self._values(wanted)
        rows = await self._rows(statement, values)
        return Batch(
            rows=rows,
            exhausted=len(rows) < wanted.limit,
            whole_ties=_TIES in statement,
        )

    def _statement(self, wanted: Wanted) -> str:
        lookup, search = self._section.by_customer, self._section.search
        if wanted.customers is not None and lookup is not None:
            text = lookup.own.statement
        else:
            text = search.own.statement if search is not None else ""
        text = expand(text, self._fragments)
        for mark, word in (_NEWEST if wanted.newest_first else _OLDEST).items():
            text = text.replace(f"{{{mark}}}", word)
        return text

    def _values(self, wanted: Wanted) -> dict[str, Any]:
        place, newest = wanted.after, wanted.newest_first
        values: dict[str, Any] = {
            "limit": wanted.limit,
            "place_channel": place.channel if place is not None else None,
            "place_key": place.natural_key if place is not None else None,
            "channels": json.dumps(dict(wanted.channels)),
        }
        moment = from_micros(place.value) if place is not None else None
        values |= self._moments("place", moment, later=newest)
        values |= self._moments("since", wanted.since, later=False)
        values |= self._moments("until", wanted.until, later=True)
        pushes = (self._section.search.filters if self._section.search is not None else {}).values()
        for one in pushes:
            if one.push is not None:
                asked = wanted.pushed.get(one.push)
                values[one.push] = json.dumps(list(asked)) if asked is not None else None
        if wanted.customers is not None:
            values["customers"] = list(wanted.customers)
        return values

    @property
    def _is_dateless(self) -> bool:
        order = self._section.order
        return order is not None and order.by is None

    async def _rows(self, statement: str, values: Mapping[str, Any]) -> list[Any]:
        statement = expand(statement, self._fragments)
        used = set(PARAMETER.findall(statement))
        params = {name: value for name, value in values.items() if name in used}
        return await self._client.rows(statement, params, self._row_type, max_rows=_MOST_ROWS)

    def _moments(
        self, name: str, moment: datetime | None, *, later: bool
    ) -> dict[str, datetime | None]:
        """A moment as the database writes it: in local time and in UTC, without a zone."""
        return {
            name: self._bound(moment, self._at.zone, later=later),
            f"{name}_utc": self._bound(moment, UTC, later=later),
        }

    def _bound(self, moment: datetime | None, zone: tzinfo, *, later: bool) -> datetime | None:
        if moment is None:
            return None
        naive = moment.astimezone(zone).replace(tzinfo=None)
        return self._client.bound_of(naive, later=later)


def _both(keys: Sequence[str]) -> dict[str, Any]:
    return {"keys": list(keys), "keys_json": json.dumps(list(keys))}
