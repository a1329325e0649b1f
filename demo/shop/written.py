"""Customers as other programs write them: objects, kept as they come and found as others are."""

from collections.abc import Collection, Mapping
from datetime import datetime

import orjson
from starlette.datastructures import QueryParams

from demo.shop.documents import Document
from demo.shop.failures import ShopError

_FIELDS = ("email", "first_name", "last_name", "username")


def read_body(body: bytes) -> Document:
    """The object of a body."""
    try:
        found = orjson.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ShopError(400, "rest_invalid_json", "JSON 无效。")
    return found


def check_email(body: Document, *, required: bool) -> None:
    """An address that is given is one."""
    email = body.get("email")
    if email is None and not required:
        return
    if not isinstance(email, str) or "@" not in email:
        raise ShopError(400, "rest_invalid_param", "无效的参数：email")


def new_customer(number: int, now: datetime, body: Document) -> Document:
    """What stands after a registration."""
    blank: Document = {
        "id": number,
        "date_created": f"{now:%Y-%m-%dT%H:%M:%S}",
        "date_created_gmt": f"{now:%Y-%m-%dT%H:%M:%S}",
        "role": "customer",
        **dict.fromkeys(_FIELDS, ""),
        "billing": {"phone": ""},
        "meta_data": [],
    }
    return changed_customer({**blank, "username": str(body["email"]).partition("@")[0]}, body)


def changed_customer(before: Document, body: Document) -> Document:
    """What stands after a change: a key of `meta_data` that was there takes the new value."""
    after = {**before, **{name: body[name] for name in _FIELDS if name in body}}
    if isinstance(body.get("billing"), dict):
        after["billing"] = {**before["billing"], **body["billing"]}
    meta = {one["key"]: one for one in before["meta_data"]}
    for place, one in enumerate(body.get("meta_data", ())):
        kept = meta.get(one["key"], {"id": before["id"] * 100 + place})
        meta[one["key"]] = {**kept, **one}
    after["meta_data"] = list(meta.values())
    return after


def found_written(
    written: Mapping[int, Document], others: Collection[int], query: QueryParams
) -> list[Document]:
    """Those that were registered since and answer the question."""
    email, text = query.get("email", "").lower(), query.get("search", "").strip().lower()
    include = query.get("include", "").split(",") if "include" in query else None
    return [
        one
        for number, one in written.items()
        if number not in others
        and (not email or str(one["email"]).lower() == email)
        and text in f"{one['username']} {one['email']}".lower()
        and (include is None or str(number) in include)
    ]
