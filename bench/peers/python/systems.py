"""The three systems: what is asked of each, and how its rows become the graph's objects."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Row = dict[str, Any]
_SHANGHAI = ZoneInfo("Asia/Shanghai")
_SAP = {"C": "COMPLETED", "B": "CONFIRMED", "X": "CANCELLED"}
_SHOP = {"completed": "COMPLETED", "processing": "CONFIRMED", "cancelled": "CANCELLED"}
_POS = {"0": "COMPLETED", "2": "CONFIRMED", "4": "CANCELLED"}


class System(NamedTuple):
    """One system; rows become plain dictionaries in the graph's own words."""

    channel: str
    path: str
    phone: Callable[[str], str]
    phone_of: Callable[[Row], str]
    customer_of: Callable[[Row], str]
    membership: Callable[[Row], Row]
    order: Callable[[Row], Row]


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _utc(text: str) -> str:
    return _moment(datetime.fromisoformat(text).replace(tzinfo=UTC))


def _local(text: str) -> str:
    return _moment(datetime.fromisoformat(text).replace(tzinfo=_SHANGHAI))


def _member(channel: str, number: Any, joined: str, tier: str, points: Any) -> Row:
    return {
        "number": str(number),
        "channel": {"code": channel},
        "joinedAt": joined,
        "tier": {"name": tier},
        "points": {"available": int(points)},
    }


def _line(sku: str, name: str, quantity: Any, amount: str, currency: str) -> Row:
    total = {"amount": amount, "currency": currency}
    return {"rawSku": sku, "name": name, "quantity": str(quantity), "total": total}


def _sap_order(row: Row) -> Row:
    lines = [
        _line(one["material"], one["text"], one["quantity"], one["netAmount"], row["currency"])
        for one in row["items"]
    ]
    return {
        "number": row["salesOrder"],
        "channel": {"code": "erp"},
        "placedAt": _utc(row["createdAt"]),
        "status": _SAP.get(row["overallStatus"], "UNKNOWN"),
        "total": {"amount": row["netAmount"], "currency": row["currency"]},
        "lines": lines,
    }


def _shop_order(row: Row) -> Row:
    lines = [
        _line(one["sku"], one["name"], one["quantity"], one["total"], row["currency"])
        for one in row["line_items"]
    ]
    return {
        "number": str(row["id"]),
        "channel": {"code": "web"},
        "placedAt": _utc(row["date_created_gmt"]),
        "status": _SHOP.get(row["status"], "UNKNOWN"),
        "total": {"amount": row["total"], "currency": row["currency"]},
        "lines": lines,
    }


def _pos_order(row: Row) -> Row:
    lines = [
        _line(one["item_number"], one["name"], one["qty"], one["amount"], row["currency"])
        for one in row["items"]
    ]
    return {
        "number": row["sale_id"],
        "channel": {"code": "pos"},
        "placedAt": _local(row["sale_time"]),
        "status": _POS.get(row["sale_status"], "UNKNOWN"),
        "total": {"amount": row["total"], "currency": row["currency"]},
        "lines": lines,
    }


# in the order in which the graph lists memberships
SYSTEMS = (
    System(
        channel="erp",
        path="sap",
        phone=lambda national: f"%2B86{national}",
        phone_of=lambda row: row["phone"][3:],
        customer_of=lambda row: row["soldTo"],
        membership=lambda row: _member(
            "erp",
            row["customer"],
            _utc(row["createdOn"]),
            row["programme"]["level"],
            row["programme"]["balance"],
        ),
        order=_sap_order,
    ),
    System(
        channel="pos",
        path="pos",
        phone=lambda national: national,
        phone_of=lambda row: row["phone_number"],
        customer_of=lambda row: row["customer"],
        membership=lambda row: _member(
            "pos", row["person_id"], _local(row["since"]), row["package"], row["points"]
        ),
        order=_pos_order,
    ),
    System(
        channel="web",
        path="shop",
        phone=lambda national: national,
        phone_of=lambda row: row["phone"],
        customer_of=lambda row: str(row["customer_id"]),
        membership=lambda row: _member(
            "web", row["id"], _utc(row["date_created_gmt"]), row["tier"], row["points"]
        ),
        order=_shop_order,
    ),
)
