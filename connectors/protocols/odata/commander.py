"""Orders changed over OData: deep inserts, change sets under a tag, texts that are added to."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from msgspec import Struct

from capabilities.errors import Garbled, Overloaded, Refused
from capabilities.order.writing import OrderWriteKind, OrderWritten
from connectors._kit.answer import Answer
from connectors._kit.strict_json import checked
from connectors.manifest.model import CommandCall
from connectors.protocols.odata import literals
from connectors.protocols.odata.changing import Change, Changed, Changing
from connectors.protocols.odata.client import Key, ODataClient, in_path
from connectors.protocols.odata.declared import ODataCommand, ODataItems, ODataText
from connectors.protocols.odata.filter import checked_field, eq
from connectors.protocols.odata.query import Query
from connectors.protocols.odata.session import Session
from connectors.protocols.templates import compiled

# A document that others change all the time is left for later.
_TRIES = 3


class _Row(Struct):
    """A document as it was read, with its tag and what hangs below it."""

    etag: str
    below: Sequence[dict[str, Any]]


class ODataCommander:
    """Orders of one entity set of one service."""

    def __init__(self, client: ODataClient, session: Session, entity: str, source: str) -> None:
        self._client = client
        self._entity = checked_field(entity)
        self._source = source
        self._changing = Changing(session, client.reading, client.dialect.headers, source)

    async def write(
        self, kind: OrderWriteKind, call: CommandCall, values: Mapping[str, Any]
    ) -> OrderWritten | None:
        """Change something once."""
        own: ODataCommand = call.own
        if own.items is not None:
            return await self._guarded(self._change_items, own.items, values)
        if own.text is not None:
            return await self._guarded(self._add_text, own.text, values)
        body = compiled(own.body)(values) or {}
        answer = await self._changing.one(Change(method="POST", path=self._entity, body=body))
        made = None if answer is None else self._number(answer, own.number_at)
        if made is None:
            return None
        if kind is OrderWriteKind.PLACE:
            return OrderWritten(number=made)
        return OrderWritten(number=str(values["number"]), document=made)

    async def find(
        self, kind: OrderWriteKind, call: CommandCall, values: Mapping[str, Any]
    ) -> OrderWritten | None:
        """What has our reference."""
        own: ODataCommand = call.own
        if own.items is not None:
            row = await self._read(str(values["number"]), own.items.below)
            left = None if row is None else self._left(own.items, row, values)
            return OrderWritten(number=str(values["number"])) if left == [] else None
        reference = literals.text(str(values["reference"]))
        asked = Query(
            entity=self._entity,
            filters=eq(own.by, reference),
            select=(own.number_at,),
            order_by=(own.number_at,),
            top=1,
        )
        page = await self._client.page(asked, dict[str, Any])
        if not page.rows:
            return None
        found = str(page.rows[0][own.number_at])
        if kind is OrderWriteKind.PLACE:
            return OrderWritten(number=found)
        return OrderWritten(number=str(values["number"]), document=found)

    async def _guarded(
        self, change: Any, what: ODataItems | ODataText, values: Mapping[str, Any]
    ) -> OrderWritten | None:
        """Read, change under the tag of what was read, and again where somebody was quicker."""
        number = str(values["number"])
        for _ in range(_TRIES):
            row = await self._read(number, what.below)
            if row is None:
                return None
            try:
                await change(what, row, values)
            except Changed:
                continue
            return OrderWritten(number=number)
        raise Overloaded("the document changes all the time", source=self._source)

    async def _change_items(self, items: ODataItems, row: _Row, values: Mapping[str, Any]) -> None:
        body = compiled(items.body)(values) or {}
        changes = [
            Change(
                method="PATCH",
                path=f"{checked_field(items.set)}({in_path(_key(items.keys, one))})",
                body=body,
                etag=row.etag,
            )
            for one in self._left(items, row, values)
        ]
        if changes:
            await self._changing.together(changes)

    def _left(
        self, items: ODataItems, row: _Row, values: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        """Those of the wanted parts that are not yet as they should be."""
        body = compiled(items.body)(values) or {}
        refs = {str(one["ref"]) for one in values["lines"]}
        known = {str(one[items.ref]) for one in row.below}
        if refs - known:
            message = "the order has no such line"
            raise Refused(message, source=self._source, code="LINE_UNKNOWN")
        wanted = [one for one in row.below if not refs or str(one[items.ref]) in refs]
        return [one for one in wanted if any(str(one.get(k)) != str(v) for k, v in body.items())]

    async def _add_text(self, text: ODataText, row: _Row, values: Mapping[str, Any]) -> None:
        """The line goes below what stands there; one that is there already is not added again."""
        keys = compiled(text.keys)(values) or {}
        line = str(values["line"])
        held = next((one for one in row.below if _same(one, keys)), None)
        if held is None:
            path = f"{self._entity}({in_path(_number_key(values))})/{checked_field(text.below)}"
            own = {name: one for name, one in keys.items() if one != values["number"]}
            body = {**own, text.field: line}
            await self._changing.one(Change(method="POST", path=path, body=body, etag=row.etag))
            return
        before = str(held.get(text.field) or "")
        if line in before:
            return
        path = f"{checked_field(text.set)}({in_path(_texts(keys))})"
        body = {text.field: f"{before}\n{line}" if before else line}
        await self._changing.one(Change(method="PATCH", path=path, body=body, etag=row.etag))

    async def _read(self, number: str, below: str) -> _Row | None:
        key = literals.text(number)
        row = await self._client.one(self._entity, key, dict[str, Any], expand=(below,))
        if row is None:
            return None
        metadata = row.get("__metadata", {})
        etag = metadata.get("etag") or row.get("@odata.etag") or row.get("@etag") or "*"
        rows = row.get(below) or []
        return _Row(str(etag), rows["results"] if isinstance(rows, dict) else rows)

    def _number(self, answer: Answer, field: str) -> str:
        """Where the answer does not say the number, it is looked up like one that was lost."""
        body: Any = orjson.loads(checked(answer.body, self._source)) if answer.body else {}
        entity = body.get("d", body) if isinstance(body, dict) else {}
        number = entity.get(field) if isinstance(entity, dict) else None
        if not isinstance(number, str | int) or number == "":
            raise Garbled("an answer without a number", source=self._source)
        return str(number)


def _key(keys: Sequence[str], row: Mapping[str, Any]) -> Key:
    return {name: literals.text(str(row[name])) for name in keys}


def _texts(keys: Mapping[str, Any]) -> Key:
    return {name: literals.text(str(value)) for name, value in keys.items()}


def _number_key(values: Mapping[str, Any]) -> Key:
    return literals.text(str(values["number"]))


def _same(row: Mapping[str, Any], keys: Mapping[str, Any]) -> bool:
    return all(str(row.get(name)) == str(value) for name, value in keys.items())
