"""What a caller writes: JSON of one entity with what hangs below it, as rows of the tables."""

import json
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from demo.sap.failures import SapError, bad
from demo.sap.model import Entity, Property, Service
from demo.sap.tables import Row

_TICKS: Final = re.compile(r"/Date\((-?\d{1,14})(?:[+-]\d{4})?\)/")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def read_body(content: bytes) -> dict[str, Any]:
    """The object of a body; numbers keep their text."""
    try:
        found = json.loads(content, parse_float=Decimal, parse_int=Decimal)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SapError(400, "/IWBEP/CM_MGW_RT/019", "Malformed or missing request body")
    return found


def read_entity(service: Service, entity: Entity, body: dict[str, Any], version: int) -> Row:
    """Fields of an entity by name; entities below it stand as lists under their navigation."""
    row: Row = {}
    for name, value in body.items():
        if name.startswith(("__", "@")):
            continue
        if way := entity.navigations.get(name):
            target = service.entities[way.target]
            row[name] = [
                read_entity(service, target, one, version) for one in _listed(name, value, version)
            ]
        elif prop := entity.properties.get(name):
            row[name] = _value(prop, value, version)
        else:
            raise bad(f"Property '{name}' is invalid")
    return row


def _listed(name: str, value: Any, version: int) -> list[dict[str, Any]]:
    """V2 also takes the envelope in which it answers itself."""
    if version == 2 and isinstance(value, dict) and set(value) == {"results"}:  # noqa: PLR2004
        value = value["results"]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise bad(f"Navigation property '{name}' is no collection")
    return value


def _value(prop: Property, value: Any, version: int) -> Any:
    if value is None:
        return None if prop.type != "Edm.String" else ""
    if prop.type == "Edm.Decimal":
        return _number(prop, value, version)
    if prop.type == "Edm.Boolean" and isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise _unreadable(prop)
    if prop.type == "Edm.String":
        return _text(prop, value)
    return _moment(prop, value)


def _number(prop: Property, value: Any, version: int) -> Decimal:
    """V2 writes numbers as text, V4 as numbers; neither reads the other's."""
    if isinstance(value, bool) or isinstance(value, str) is not (version == 2):  # noqa: PLR2004
        raise _unreadable(prop)
    try:
        return Decimal(value)
    except InvalidOperation:
        raise _unreadable(prop) from None


def _text(prop: Property, value: str) -> str:
    most = int(dict(prop.facets)["MaxLength"])
    if len(value) > most:
        raise bad(f"Property '{prop.name}' has more than {most} characters")
    return value.lstrip("0") or value if prop.alpha and value.isdigit() else value


def _moment(prop: Property, value: str) -> datetime:
    if found := _TICKS.fullmatch(value):
        return datetime.fromtimestamp(int(found[1]) / 1000, UTC)
    if prop.type == "Edm.Date" and _DAY.fullmatch(value):
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    raise _unreadable(prop)


def _unreadable(prop: Property) -> SapError:
    return bad(f"Failed to read property '{prop.name}': {prop.type} expected")
