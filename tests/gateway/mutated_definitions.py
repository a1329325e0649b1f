"""A hundred definitions that are wrong: some when they are read, most only when they are asked."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import yaml

Tree = dict[str, Any]
Change = Callable[[Tree], None]

ORDERS: Tree = {
    "resource": "orders",
    "channel": {"from": "origin"},
    "currency": "CNY",
    "record": {
        "number": "id",
        "status": {"from": "state", "map": {"open": "CONFIRMED", "done": "COMPLETED"}},
        "placed_at": {"from": "created", "as": "instant", "zone": "UTC"},
        "money": {"record": {"total": "total"}},
        "lines": {"each": "items", "record": {"ref": "pos", "raw_sku": "sku", "quantity": "qty"}},
    },
    "order": {"ties": "complete", "by": "created", "before": "until", "after": "since"},
    "by_key": {"param": "ids", "keys": "[0-9]{1,12}"},
    "search": {"filters": {"placed_at": {"window": True}}},
}
MANIFEST: Tree = {
    "title": "A shop",
    "version": "1",
    "protocol": "rest",
    "address": "{base_url}",
    "paging": {"limit": "limit", "offset": "skip", "sort": "sort", "direction": "dir"},
    "orders": ORDERS,
}
# How a system may answer instead of its rows; the ways of `legacy_shop`.
MODES = (
    *("html", "empty", "null", "object", "numbers", "texts", "nested", "cut", "twice", "latin"),
    *("nan", "status500", "status404", "status401", "status429", "redirect", "hang", "drip"),
    *("close", "large", "gzip", "wrongtype"),
)


def definition(name: str, base: str, *, mode: str = "ok", change: Change | None = None) -> str:
    """A connector by itself with a channel of its own, changed for the worse."""
    manifest = {"system": f"{name}_shop", **copy.deepcopy(MANIFEST)}
    tree: Tree = {
        "name": name,
        "settings": {"base_url": f"{base}/{mode}"},
        "limits": {"deadline_ms": 400, "max_body_bytes": 200_000},
        "new_channels": [{"code": name, "name": name, "kind": "STORE"}],
        "channels": {"order": {"here": name}},
        "manifest": manifest,
    }
    if change is not None:
        change(tree)
    return yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)


def put(*keys: str, value: Any) -> Change:
    """Another value at a place below the manifest's orders."""

    def change(tree: Tree) -> None:
        place = tree["manifest"]["orders"]
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return change


def drop(*keys: str) -> Change:
    """A key less, counted from the whole."""

    def change(tree: Tree) -> None:
        place = tree
        for key in keys[:-1]:
            place = place[key]
        del place[keys[-1]]

    return change


def top(*keys: str, value: Any) -> Change:
    """Another value, counted from the whole."""

    def change(tree: Tree) -> None:
        place = tree
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return change


def _instant(path: str) -> Tree:
    return {"from": path, "as": "instant", "zone": "UTC"}


# Each says nothing wrong by itself; only the rows show it.
MISREADINGS: tuple[Change, ...] = (
    put("record", "number", value="buyer"),
    put("record", "number", value="items"),
    put("record", "number", value="buyer.name.first"),
    put("record", "number", value="nothing"),
    put("record", "number", value="flag"),
    put("record", "number", value="void"),
    put("record", "placed_at", value=_instant("id")),
    put("record", "placed_at", value=_instant("state")),
    put("record", "placed_at", value=_instant("buyer")),
    put("record", "placed_at", value=_instant("items")),
    put("record", "placed_at", value=_instant("flag")),
    put("record", "placed_at", value={"from": "created", "as": "date"}),
    put("record", "money", "record", "total", value="state"),
    put("record", "money", "record", "total", value="buyer"),
    put("record", "money", "record", "total", value="items"),
    put("record", "money", "record", "total", value="flag"),
    put("record", "money", "record", "total", value="created"),
    put("record", "lines", "each", value="id"),
    put("record", "lines", "each", value="state"),
    put("record", "lines", "each", value="buyer"),
    put("record", "lines", "record", "quantity", value="sku"),
    put("record", "lines", "record", "quantity", value="tags"),
    put("record", "lines", "record", "ref", value="tags"),
    put("record", "lines", "record", "raw_sku", value="tags"),
    put("record", "status", "from", value="buyer"),
    put("record", "status", "from", value="items"),
    put("resource", value="nowhere"),
    put("resource", value="orders/deeper"),
    put("order", "by", value="buyer"),
    put("channel", value={"from": "buyer"}),
)
# What is refused when it is read, and why.
FAULTS: tuple[Change, ...] = (
    drop("name"),
    drop("manifest"),
    drop("new_channels"),
    drop("settings", "base_url"),
    drop("manifest", "protocol"),
    drop("manifest", "address"),
    drop("manifest", "paging"),
    drop("manifest", "orders", "record"),
    drop("manifest", "orders", "resource"),
    drop("manifest", "orders", "channel"),
    drop("manifest", "orders", "order", "by"),
    top("name", value="a b"),
    top("name", value="x" * 41),
    top("system", value="another"),
    top("colour", value="red"),
    top("limits", "deadline_ms", value=0),
    top("limits", "deadline_ms", value="soon"),
    top("channels", "order", value={"here": "unheard_of"}),
    top("channels", "order", value={"here": "good"}),
    top("channels", "basket", value="main"),
    top("channels", "member", value={"here": "good"}),
    top("new_channels", value=[{"code": "main", "name": "x", "kind": "STORE"}]),
    top("new_channels", value=[{"code": "x", "name": "x", "kind": "SHOP"}]),
    top("settings", "base_url", value="gopher://127.0.0.1:6379/x"),
    top("settings", "base_url", value="http://169.254.169.254/"),
    top("settings", "base_url", value="http://2130706433/"),
    top("secrets", value={"password": "hunter2"}),
    top("manifest", "system", value="ospos"),
    top("manifest", "protocol", value="telepathy"),
    top("manifest", "address", value="{nothing}"),
    top("manifest", "address", value="{base_url:>999999999}"),
    top("manifest", "auth", value={"kind": "basic", "user": "x", "password": "password"}),
    put("record", "number", value="[[["),
    put("record", "status", value={"from": "state", "map": {"open": "NO_SUCH"}}),
    put("record", "placed_at", value={"from": "created", "as": "moment"}),
    put("record", "placed_at", value={"from": "created", "as": "instant", "zone": "Mars/Base"}),
    put("record", "shoe_size", value="id"),
    put("record", "number", value={"call": "no_function", "of": ["id"]}),
    put("search", value={"filters": {"colour": {"scan": True}}}),
    put("by_key", value={"keys": "[0-9]"}),
)


def wrong_when_asked(base: str) -> Iterator[tuple[str, str]]:
    """Names and definitions that are registered and then fail."""
    for number, mode in enumerate(MODES):
        yield f"mode{number}", definition(f"mode{number}", base, mode=mode)
    for number, change in enumerate(MISREADINGS):
        yield f"misread{number}", definition(f"misread{number}", base, change=change)
    both = zip(MODES, MISREADINGS[12:], strict=False)
    for number, (mode, change) in enumerate(both):
        name = f"both{number}"
        yield name, definition(name, base, mode=mode, change=change)


def wrong_when_read(base: str) -> Iterator[tuple[str, str]]:
    """Names and definitions that are refused."""
    for number, change in enumerate(FAULTS):
        yield f"fault{number}", definition(f"fault{number}", base, change=change)
