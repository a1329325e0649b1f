"""Questions in JSON-RPC: one search that reads, with models behind lists read along."""

from collections.abc import Sequence
from typing import Any

from connectors.manifest import At, CompiledSection
from connectors.manifest.model import Lookup
from connectors.ports.wanted import Batch, Wanted
from connectors.protocols.jsonrpc.client import JsonRpcClient
from connectors.protocols.jsonrpc.conditions import among, of_list
from connectors.protocols.jsonrpc.convention import Read
from connectors.protocols.jsonrpc.declared import JsonRpcFile


class JsonRpcReader:
    """A section over one model."""

    partitioned = False

    def __init__(
        self, client: JsonRpcClient, section: CompiledSection, own: JsonRpcFile, at: At
    ) -> None:
        self._client = client
        self._row_type = section.row_type
        self._section = section.section
        self._context = own.jsonrpc.context
        self._at = at
        read = (*section.paths, *section.section.own.select)
        self._fields = tuple(sorted({"id", *read}))
        self._related = {
            name: (model, _below(name, read)) for name, model in section.section.own.related.items()
        }

    @property
    def pushes_channels(self) -> bool:
        """Whether rows of some channels can be asked for."""
        return self._section.channel.push is not None

    async def by_keys(self, lookup: Lookup, keys: Sequence[str]) -> Sequence[Any]:
        """The rows whose field is one of the keys."""
        fixed = {**self._section.fixed, **lookup.fixed}
        own = lookup.own
        found = [[name, "=", value] for name, value in fixed.items()]
        return await self._read([*found, among(own.field, keys, own.literal)])

    async def rows(self, wanted: Wanted) -> Batch:
        """One page in the order of time, from the place's own moment on."""
        order = self._section.order
        if order is None:
            raise TypeError("a list without an order")
        way = "desc" if wanted.newest_first else "asc"
        found = await self._read(
            of_list(wanted, self._section, self._client.convention, self._at.zone),
            order=((order.by or "id", way), ("id", way)),
            limit=wanted.limit,
        )
        return Batch(rows=found, exhausted=len(found) < wanted.limit)

    async def _read(
        self,
        domain: list[Any],
        order: tuple[tuple[str, str], ...] = (),
        limit: int | None = None,
    ) -> list[Any]:
        read = Read(
            model=self._section.resource or "",
            fields=self._fields,
            domain=[*self._section.own.domain, *domain],
            order=order,
            limit=limit,
            context=self._context,
        )
        rows = await self._client.rows(read)
        for name, (model, fields) in self._related.items():
            await self._read_along(rows, name, model, fields)
        return self._client.typed(rows, self._row_type)

    async def _read_along(
        self, rows: list[Any], name: str, model: str, fields: tuple[str, ...]
    ) -> None:
        """Puts the records in the place of a list's ids: by one call for all rows."""
        ids = sorted({one for row in rows for one in row.get(name) or ()})
        if not ids:
            return
        domain = [["id", "in", ids]]
        found = await self._client.rows(
            Read(model=model, fields=fields, domain=domain, context=self._context)
        )
        by_id = {one["id"]: one for one in found}
        for row in rows:
            row[name] = [by_id[one] for one in row.get(name) or () if one in by_id]


def _below(name: str, paths: Sequence[str]) -> tuple[str, ...]:
    inner = {path.removeprefix(f"{name}.") for path in paths if path.startswith(f"{name}.")}
    return tuple(sorted({"id", *inner}))
