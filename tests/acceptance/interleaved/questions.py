"""The questions that all callers ask, and what each must be answered, from the planted truth alone.

Nothing here asks the application: an answer is put together per caller from what was planted, so a
value of another caller's answer is found wherever it stands.
"""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from capabilities.caller import Role
from capabilities.member.person import derive_one_id, phone_identity
from tests.acceptance.interleaved import planted
from tests.acceptance.interleaved.callers import STAFF, Caller, held_by
from tests.acceptance.interleaved.planted import OWN, SHARED, WALLET

KEY = b"a key of the interleaved callers"
MAX_ROWS = 150
_ROUNDS = 5
_OPERATORS = {Role.OPERATIONS, Role.ADMIN}

HER = """
fragment Her on Member {
  id displayName phoneMasked
  memberships {
    number displayName phoneMasked homeStoreCode
    channel { code } tier { code } points { available }
  }
  orders(first: $n) {
    nodes { number storeCode total { amount } lines { name } }
    pageInfo { hasNextPage }
    sources { name status }
  }
  coupons @include(if: $held) { name code }
}
"""
PERSON = "query Q($by: MemberKey!, $n: Int!, $held: Boolean!) { member(by: $by) { ...Her } }" + HER
ME = "query Q($n: Int!, $held: Boolean!) { me { ...Her } }" + HER
BOTH = (
    """
query Q($by: MemberKey!, $n: Int!, $held: Boolean!) {
  me { ...Her }
  other: member(by: $by) { ...Her }
  connectors { name }
}
"""
    + HER
)
LIST = """
query Q($n: Int!, $filter: OrderFilterInput, $after: String) {
  orders(first: $n, filter: $filter, after: $after) {
    nodes { number storeCode total { amount } member { id displayName } }
    pageInfo { hasNextPage }
    sources { name status }
  }
}
"""
PLACE = "query Q($n: Int!) { orders(first: $n) { pageInfo { endCursor } } }"
ORDER = """
query Q($by: OrderKey!) {
  order(by: $by) {
    number total { amount } member { displayName } lines { name rawSku product { sku } }
  }
}
"""
NODES = """
query Q($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename id
    ... on Member { displayName }
    ... on Order { number lines { name } }
    ... on Coupon { name code }
    ... on Membership { displayName points { available } }
  }
}
"""
ENTITIES = """
query Q($of: [_Any!]!) {
  _entities(representations: $of) { ... on Member { displayName } ... on Order { number } }
}
"""
MEMBERS = """
query Q($n: Int!, $filter: MemberFilterInput) {
  members(first: $n, filter: $filter) { nodes { id displayName memberships { number } } }
}
"""
COSTLY = """
query Q($n: Int!) {
  a: stores(first: 100) { nodes { code } }
  b: stores(first: $n) { nodes { code } }
  channels { code }
}
"""
REFERENCE = '{ me { displayName } __type(name: "Member") { name } channels { code } }'


class Expected(NamedTuple):
    """What a caller must be answered; the errors as path and code."""

    data: Any
    errors: tuple[tuple[tuple[Any, ...], str], ...] = ()
    admitted: bool = True


def global_id(kind: str, scope: str, key: str) -> str:
    return urlsafe_b64encode(f"{kind}:{scope}:{key}".encode()).rstrip(b"=").decode()


@cache
def one_id(person: int) -> str:
    return derive_one_id(KEY, planted.BRAND, phone_identity(f"+86{planted.phone(person)}"))


def member_id(person: int) -> str:
    return global_id("Member", planted.BRAND, one_id(person))


def _amount(cents: int) -> dict[str, str]:
    return {"amount": f"{cents // 100}.{cents % 100:02d}"}


def _masked(person: int) -> str:
    return f"{planted.name(person)[0]}**"


@cache
def _orders_of(person: int) -> tuple[planted.Bought, ...]:
    own = [one for one in planted.BOUGHT if one.person == person]
    return tuple(sorted(own, key=lambda one: one.at, reverse=True))


def _coupons(person: int) -> list[planted.Coupon]:
    own = [one for one in planted.COUPONS if one.person == person]
    return sorted(own, key=lambda one: one.issued, reverse=True)


def _code(one: planted.Coupon) -> str:
    return f"****{one.code[-4:]}"


def _membership(one: planted.Held) -> dict[str, Any]:
    return {
        "number": one.number,
        "displayName": _masked(one.person),
        "phoneMasked": f"139****{one.person:04d}",
        "homeStoreCode": one.store,
        "channel": {"code": one.channel},
        "tier": {"code": one.tier},
        "points": {"available": one.points},
    }


def her(person: int, n: int, *, held: bool) -> dict[str, Any]:
    """A person with her orders, as everybody sees her who may see her."""
    lost = {"web"} if planted.poisoned(person) else set()
    orders = [one for one in _orders_of(person) if one.channel not in lost]
    memberships = [one for one in held_by(person) if one.channel not in lost]
    found: dict[str, Any] = {
        "id": member_id(person),
        "displayName": _masked(person),
        "phoneMasked": f"139****{person:04d}",
        "memberships": [_membership(one) for one in memberships],
        "orders": {
            "nodes": [
                {
                    "number": one.number,
                    "storeCode": one.store,
                    "total": _amount(one.cents),
                    "lines": [{"name": one.text}],
                }
                for one in orders[:n]
            ],
            "pageInfo": {"hasNextPage": len(orders) > n or bool(lost)},
            "sources": [
                {"name": one, "status": "ERROR" if one in lost else "OK"} for one in (*SHARED, OWN)
            ],
        },
    }
    if held:
        found["coupons"] = [{"name": one.name, "code": _code(one)} for one in _coupons(person)]
    return found


def _member(caller: Caller, person: int | None, n: int, *, held: bool, path: str) -> Expected:
    if caller.role not in STAFF:
        return _refused(path)
    if person is None:
        return Expected({path: None})
    if caller.sees(person):
        return Expected({path: her(person, n, held=held)})
    if planted.poisoned(person):  # where the web shop did not answer, "no" would be a guess
        return Expected({path: None}, (((path,), "UPSTREAM_GARBLED"),))
    return Expected({path: None})


def _refused(path: str, data: Any = ...) -> Expected:
    return Expected({path: None} if data is ... else data, (((path,), "FORBIDDEN"),))


def person(caller: Caller, who: int | None, n: int, held: bool) -> Expected:
    return _member(caller, who, n, held=held, path="member")


def me(caller: Caller, n: int, held: bool) -> Expected:
    if caller.role is not Role.CONSUMER:
        return _refused("me")
    return Expected({"me": her(caller.person, n, held=held)})


def both(caller: Caller, who: int | None, n: int, held: bool) -> Expected:
    own, other = me(caller, n, held), _member(caller, who, n, held=held, path="other")
    if caller.role not in _OPERATORS:
        errors = (*own.errors, *other.errors, (("connectors",), "FORBIDDEN"))
        return Expected(None, errors)
    connectors = [{"name": one} for one in (*SHARED, WALLET)]
    return Expected(
        {**own.data, **other.data, "connectors": connectors}, (*own.errors, *other.errors)
    )


@cache
def _newest() -> tuple[planted.Bought, ...]:
    return tuple(sorted(planted.BOUGHT, key=lambda one: one.at, reverse=True))


def _scope(caller: Caller, stores: Sequence[str] | None) -> frozenset[str] | None:
    asked = None if stores is None else frozenset(stores)
    if caller.stores is None:
        return asked
    return caller.stores if asked is None else asked & caller.stores


def orders(caller: Caller, n: int, stores: tuple[str, ...] | None, page: int) -> Expected:
    if caller.role not in STAFF:
        return _refused("orders", None)
    scope = _scope(caller, stores)
    rows = [one for one in _newest() if scope is None or one.store in scope]
    shown = rows[page * n : page * n + n]
    sources = (*SHARED, OWN) if scope is None else ("till", OWN)
    return Expected(
        {
            "orders": {
                "nodes": [
                    {
                        "number": one.number,
                        "storeCode": one.store,
                        "total": _amount(one.cents),
                        "member": _buyer(caller, one.person),
                    }
                    for one in shown
                ],
                "pageInfo": {"hasNextPage": len(rows) > page * n + n},
                "sources": [{"name": one, "status": "OK"} for one in sources],
            }
        }
    )


def _buyer(caller: Caller, who: int | None) -> dict[str, str] | None:
    if who is None or not caller.sees(who):
        return None
    return {"id": member_id(who), "displayName": _masked(who)}


def another_walk(caller: Caller) -> Expected:
    """The cursor of a list that is not this caller's."""
    if caller.role not in STAFF:
        return _refused("orders", None)
    return Expected(None, ((("orders",), "CURSOR_FILTER_MISMATCH"),))


def _sees_order(caller: Caller, one: planted.Bought) -> bool:
    if caller.role is Role.CONNECTOR:
        return False
    own_store = caller.stores is not None and one.store in caller.stores
    free = caller.role in STAFF and caller.stores is None
    return free or own_store or (one.person is not None and caller.sees(one.person))


def order(caller: Caller, one: planted.Bought) -> Expected:
    if caller.role is Role.CONNECTOR:
        return _refused("order")
    if not _sees_order(caller, one):
        return Expected({"order": None})
    buyer = _buyer(caller, one.person)
    line = {"name": one.text, "rawSku": f"raw-{one.sku}", "product": {"sku": f"BW-{one.sku}"}}
    return Expected(
        {
            "order": {
                "number": one.number,
                "total": _amount(one.cents),
                "member": buyer and {"displayName": buyer["displayName"]},
                "lines": [line],
            }
        }
    )


def nodes(caller: Caller, people: tuple[int, ...]) -> Expected:
    """Of each person herself, her newest order, her newest coupon and her newest membership."""
    if caller.role is Role.CONNECTOR:
        return _refused("nodes", None)
    found: list[Any] = []
    for who in people:
        sees, newest = caller.sees(who), _orders_of(who)[0]
        names = [_node(one) for one in objects_of(who)]
        allowed = (sees, _sees_order(caller, newest), sees, sees)
        found += [one if may else None for one, may in zip(names, allowed, strict=True)]
    return Expected({"nodes": found})


def objects_of(who: int) -> tuple[Any, ...]:
    return who, _orders_of(who)[0], _coupons(who)[0], held_by(who)[0]


def _node(one: Any) -> dict[str, Any]:
    match one:
        case planted.Bought():
            rest = {"number": one.number, "lines": [{"name": one.text}]}
        case planted.Coupon():
            rest = {"name": one.name, "code": _code(one)}
        case planted.Held():
            rest = {"displayName": _masked(one.person), "points": {"available": one.points}}
        case _:
            rest = {"displayName": _masked(one)}
    return {"__typename": _KINDS[type(one)], "id": id_of(one), **rest}


_KINDS = {
    int: "Member",
    planted.Bought: "Order",
    planted.Coupon: "Coupon",
    planted.Held: "Membership",
}


def id_of(one: Any) -> str:
    match one:
        case planted.Bought() | planted.Held():
            return global_id(_KINDS[type(one)], one.channel, one.number)
        case planted.Coupon():
            return global_id("Coupon", WALLET, one.key)
        case _:
            return member_id(one)


def entities(caller: Caller, people: tuple[int, ...]) -> Expected:
    if caller.role is Role.CONNECTOR:
        return _refused("_entities", None)
    found: list[Any] = []
    for who in people:
        newest = _orders_of(who)[0]
        found.append({"displayName": _masked(who)} if caller.sees(who) else None)
        found.append({"number": newest.number} if _sees_order(caller, newest) else None)
    return Expected({"_entities": found})


def members(caller: Caller, n: int, stores: tuple[str, ...] | None) -> Expected:
    if caller.role not in STAFF:
        return _refused("members", None)
    scope = _scope(caller, stores)
    listed = [one for one in planted.HELD if scope is None or one.store in scope]
    listed.sort(key=lambda one: one.joined, reverse=True)
    oldest = {one.person: one for one in listed}
    shown: list[planted.Held] = []
    for turn in range(_ROUNDS):
        page = listed[turn * n : turn * n + n]
        shown = [one for one in page if oldest[one.person] is one]
        if shown or len(page) < n:
            break
    return Expected(
        {
            "members": {
                "nodes": [
                    {
                        "id": member_id(one.person),
                        "displayName": _masked(one.person),
                        "memberships": [{"number": own.number} for own in held_by(one.person)],
                    }
                    for one in shown
                ]
            }
        }
    )


def costly(caller: Caller, n: int) -> Expected:
    """Lists that ask for more rows than one request may, whoever else asks meanwhile."""
    if caller.role is Role.CONNECTOR:
        return Expected(None, tuple(((one,), "FORBIDDEN") for one in ("a", "b", "channels")))
    if n + 100 > MAX_ROWS:
        return Expected(None, ((("b",), "QUERY_TOO_EXPENSIVE"),))
    stores = {"nodes": [{"code": one} for one in planted.STORES]}
    return Expected({"a": stores, "b": stores, "channels": _CHANNELS})


_CHANNELS = [{"code": one} for one in (*SHARED, WALLET)]


def reference(caller: Caller) -> Expected:
    """A question that graphql-core answers, because it asks for the schema too."""
    errors: tuple[Any, ...] = () if caller.role is Role.CONSUMER else ((("me",), "FORBIDDEN"),)
    own = {"displayName": _masked(caller.person)} if caller.role is Role.CONSUMER else None
    if caller.role is Role.CONNECTOR:
        return Expected(None, (*errors, (("channels",), "FORBIDDEN")))
    return Expected({"me": own, "__type": {"name": "Member"}, "channels": _CHANNELS}, errors)
