"""Rows in the JSON of OData V2: text for numbers, three spellings of a date, deferred links."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from demo.sap.model import Entity, Service
from demo.sap.query import Paths
from demo.sap.tables import Links, Row


class Writer:
    """Writes the entities of one service; `root` is its address as SAP knows it."""

    def __init__(self, service: Service, links: Links, root: str) -> None:
        self._service = service
        self._links = links
        self._root = root

    def write(self, entity: Entity, row: Row, select: Paths, expand: Paths) -> dict[str, Any]:
        """One entity; a selection without a navigation drops it, expanded or not."""
        whole = not select or "*" in select
        uri = f"{self._root}/{entity.set}({write_key(entity, row)})"
        made: dict[str, Any] = {"__metadata": self._metadata(entity, row, uri)}
        for name, prop in entity.properties.items():
            if whole or name in select:
                made[name] = write_value(prop.type, row[name])
        for name, way in entity.navigations.items():
            if not whole and name not in select:
                continue
            if name in expand:
                target = self._service.entities[way.target]
                inner = select.get(name, {})
                rows = self._links.follow(row, way)
                results = [self.write(target, found, inner, expand[name]) for found in rows]
                made[name] = {"results": results}
            else:
                made[name] = {"__deferred": {"uri": f"{uri}/{name}"}}
        return made

    def _metadata(self, entity: Entity, row: Row, uri: str) -> dict[str, str]:
        made = {"id": uri, "uri": uri, "type": f"{self._service.name}.{entity.type}"}
        if entity.etag:
            made["etag"] = write_etag(row[entity.etag])
        return made


def write_key(entity: Entity, row: Row) -> str:
    """`'4000043'`, or the named parts of a longer key."""
    parts = [(name, quote(str(row[name]).replace("'", "''"), safe="")) for name in entity.keys]
    if len(parts) == 1:
        return f"'{parts[0][1]}'"
    return ",".join(f"{name}='{value}'" for name, value in parts)


def write_value(kind: str, value: Any) -> Any:
    """Dates as `/Date(ms)/`, instants as `/Date(ms+0000)/`, numbers as text, times as PT…S."""
    if isinstance(value, datetime):
        milliseconds = int(value.timestamp()) * 1000 + value.microsecond // 1000
        return f"/Date({milliseconds}{'+0000' if kind == 'Edm.DateTimeOffset' else ''})/"
    if isinstance(value, time):
        return f"PT{value.hour:02d}H{value.minute:02d}M{value.second:02d}S"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value


def write_etag(value: Any) -> str:
    """A weak tag that carries an ISO time, escaped as SAP does, or the row's own stamp."""
    if isinstance(value, datetime):
        stamp = quote(f"{value:%Y-%m-%dT%H:%M:%S.%f}0Z", safe="")
        return f"W/\"datetimeoffset'{stamp}'\""
    return f"W/\"'{value}'\""
