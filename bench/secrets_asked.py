"""What the bench of secrecy asks: keys that exist and keys that do not, for each kind of caller."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from bench.processes import Server
from bench.santong import BRAND, printed
from bench.upstream import members
from capabilities.ids import global_id
from capabilities.member.person import derive_one_id
from capabilities.member.records import Identity, IdentityKind
from capabilities.promotion.codes import new_code, written

_CHANNEL, _SHOP = "club", 1
_TEMPLATE = "id: ten\nname: ten off\namount: 1000\n"
_BY = "query Q($by: MemberKey!) { member(by: $by) { id phoneMasked } }"
_NODE = "query Q($id: ID!) { node(id: $id) { id } }"
_ENTITY = "query Q($of: [_Any!]!) { _entities(representations: $of) { ... on Member { id } } }"
_ORDER = "query Q($by: OrderKey!) { order(by: $by) { id status } }"
_CLAIM = """mutation Q($i: ClaimCouponInput!) { claimCoupon(input: $i) {
  __typename ... on UserError { code } } }"""
_BIND = """mutation Q($i: BindMembershipInput!) { bindMembership(input: $i) {
  __typename ... on UserError { code } } }"""
_PHONE = "13800001234"
_SPENT = "ATTEMPTS_SPENT"
_MOST_WRONG = 10


@dataclass(frozen=True, slots=True)
class Kind:
    """A question of one kind of caller; `body` makes a request of a key."""

    name: str
    token: str | None
    body: Callable[[str], bytes]
    known: Sequence[str]
    unknown: Sequence[str]
    right: bool = False


def questions(home: Path, settings: dict[str, str], server: Server, calls: int) -> list[Kind]:
    """Every question; what exists is made first, and the budgets of guessing are spent."""
    count = calls // 2
    # the first member is she who asks; the others are those whom she asks for
    known, unknown = range(1, count + 1), range(members.MEMBERS, members.MEMBERS + count)
    hers = f"{_CHANNEL}:{_number(0)}"
    consumer = printed(home, settings, "token", "--role", "consumer", "--member", hers).strip()
    connector = printed(home, settings, "token", "--role", "connector").strip()
    phones = [members.phone(one) for one in known], [members.phone(one) for one in unknown]
    numbers = [_number(one) for one in known], [_number(one) for one in unknown]
    cards = tuple([global_id("Membership", _CHANNEL, one) for one in some] for some in numbers)
    orders = tuple(
        [str(members.order_number(one, _SHOP)) for one in some] for some in (known, unknown)
    )
    asked = _Desk(server)
    people = [asked.member(one) for one in phones[0]], [_nobody() for _ in unknown]
    guessing = _Desk(server, consumer)
    codes = _issued(home, settings, count), [written(new_code()) for _ in unknown]
    guessing.spend(_claim)
    return [
        Kind("nobody: member by phone", None, _by_phone, *phones),
        Kind("connector: member by phone", connector, _by_phone, *phones),
        Kind("consumer: member by phone", consumer, _by_phone, *phones),
        Kind("consumer: member by membership", consumer, _by_number, *numbers),
        Kind("consumer: node of a Member", consumer, _node, *people),
        Kind("consumer: node of a Membership", consumer, _node, *cards),
        Kind("consumer: _entities of a Member", consumer, _entity, *people),
        Kind("consumer: another's order", consumer, _order, *orders),
        Kind("guesser, budget spent: coupon code", consumer, _claim, *codes),
        Kind("guesser, budget spent: membership", consumer, _bind(guessing.own_id()), *numbers),
        Kind("operations: member by phone", server.token, _by_phone, *phones, right=True),
    ]


class _Desk:
    """Asks what the questions are made of."""

    def __init__(self, server: Server, token: str | None = None) -> None:
        self._address = f"{server.address}/graphql"
        self._headers = replace(server, token=token or server.token).headers

    def member(self, phone: str) -> str:
        """The id of whom a phone names."""
        return str(self._told(_by_phone(phone))["data"]["member"]["id"])

    def own_id(self) -> str:
        """The id of the consumer who asks."""
        return str(self._told(_body("{ me { id } }"))["data"]["me"]["id"])

    def spend(self, guess: Callable[[str], bytes]) -> None:
        """Guess wrong until the budget is spent."""
        for _ in range(_MOST_WRONG):
            if _SPENT in json.dumps(self._told(guess(written(new_code())))):
                return
        raise RuntimeError("guesses have no budget")

    def _told(self, content: bytes) -> Any:
        answer = httpx.post(self._address, content=content, headers=self._headers, trust_env=False)
        return answer.json()


def _issued(home: Path, settings: dict[str, str], count: int) -> list[str]:
    template, codes = home / "ten.yaml", home / "codes.txt"
    template.write_text(_TEMPLATE, "utf-8")
    printed(home, settings, "coupon", "template", str(template), "--reason", "bench")
    wish = ("coupon", "issue", "ten", "--count", str(count), "--out", str(codes))
    printed(home, settings, *wish)
    return codes.read_text("ascii").split()


def _number(member: int) -> str:
    return str(members.customer(member, _SHOP))


def _nobody() -> str:
    """An id as people have them, of nobody."""
    phone = Identity(kind=IdentityKind.PHONE, scope="CN", value=secrets.token_hex(8))
    return global_id("Member", BRAND, derive_one_id(secrets.token_bytes(32), BRAND, phone))


def _body(query: str, **variables: Any) -> bytes:
    return json.dumps({"query": query, "variables": variables}).encode()


def _by_phone(phone: str) -> bytes:
    return _body(_BY, by={"phone": phone})


def _by_number(number: str) -> bytes:
    return _body(_BY, by={"membership": {"channel": _CHANNEL, "number": number}})


def _node(id_: str) -> bytes:
    return _body(_NODE, id=id_)


def _entity(id_: str) -> bytes:
    return _body(_ENTITY, of=[{"__typename": "Member", "id": id_}])


def _order(number: str) -> bytes:
    return _body(_ORDER, by={"business": {"channel": _CHANNEL, "number": number}})


def _claim(code: str) -> bytes:
    return _body(_CLAIM, i={"code": code, "idempotencyKey": secrets.token_hex(8)})


def _bind(own: str) -> Callable[[str], bytes]:
    def body(number: str) -> bytes:
        wish = {"member": own, "channel": _CHANNEL, "number": number, "phone": _PHONE}
        return _body(_BIND, i={**wish, "idempotencyKey": secrets.token_hex(8)})

    return body
