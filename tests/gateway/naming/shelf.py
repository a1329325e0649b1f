"""Who has what: a person of store M1 with one of everything, her neighbour of M2, and callers."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
from sqlalchemy import text

from capabilities.api_keys import KeyScope, new_secret
from capabilities.caller import MembershipKey, Role
from capabilities.flash.records import SHARED, FlashSale, SaleState
from capabilities.flash.settled import reservation_id
from capabilities.ids import global_id
from capabilities.member.changing import own_source
from capabilities.member.records import Contact, Identity, IdentityKind, Membership
from capabilities.promotion.coupons import CouponTemplate
from gateway.auth.tokens import mint
from gateway.keys import keyring
from gateway.settings import Settings
from store.access.api_keys import ApiKeys
from store.engine import Store
from store.flash.sales import define
from store.member.taking import intake_of
from store.owned import Owned, owned_by
from store.points.programmes import ProgrammeChange, Programmes
from store.promotion.templates import CouponTemplates
from tests.capabilities.points.policies import policy
from tests.gateway.serving import BRAND

NOW = datetime.now(UTC)
HER_STORE, OTHER_STORE = "M1", "M2"
_NUMBERS = count(1)
_OF_THE_MOMENT = frozenset({"requestId", "Quote_at", "Quote_token"})
_CNY = {"amount": "1", "currency": "CNY"}
_LINES = [{"sku": "SN-1", "quantity": "1", "unitPrice": _CNY}]
_RESERVATION = text("""
  INSERT INTO flash_reservations (brand, sale, id, member, channel, quantity, pool, bucket, state,
                                  reserved_at, pay_until, batch)
  VALUES (:brand, 's1', :id, :member, 'own', 1, 'shared', 0, 'PENDING', now(),
          now() + interval '1 day', 1)
""")
_CANDIDATE = text("""
  INSERT INTO merge_candidates (brand, left_number, left_channel, right_number, right_channel, id,
                                score, evidence, state, found_at)
  VALUES (:brand, :left, 'own', :right, 'own', :id, 0.9, '[]', 'OPEN', now())
""")
_DEAD = text("UPDATE order_commands SET state = 'DEAD' WHERE brand = :brand AND id = :id")
_TOUCH = text("""
  INSERT INTO lifecycle_touches (brand, number, channel, rule, cycle, touch_id, one_id, due_on,
                                 lapses_on, state, cost, planned_at, sent_at,
                                 changed_at)
  VALUES (:brand, :number, 'own', 'r', 1, :id, :one_id, current_date, current_date, 'SENT', 0,
          now(), now(), now())
""")


class Shelf:
    """Makes objects of whomever, and asks as whomever; `last` had the last object made."""

    def __init__(self, settings: Settings, url: str, client: httpx.Client) -> None:
        self.settings = settings
        self._url = url
        self._client = client
        self.neighbours: dict[str, str] = {}
        self.bea = self.last = ""

    async def open(self) -> None:
        """What everybody shares, and the neighbours."""

        async def work(owned: Owned) -> None:
            ten = CouponTemplate(id="ten", name="券", claimable=True, amount=1000)
            await CouponTemplates(owned).put(ten, author="ops", reason="test")
            sale = FlashSale(
                id="s1",
                sku="SN-1",
                price=990,
                opens_at=NOW - timedelta(hours=1),
                closes_at=NOW + timedelta(days=1),
                pools={SHARED: 10},
                state=SaleState.OPEN,
            )
            await owned.store.transaction(lambda run: define(run, BRAND, sale))
            points = policy(channels=("own",), exchange=())
            known = Programmes(owned.store, BRAND, owned.now)
            await known.put(ProgrammeChange(text="x", policy=points, author="ops", reason="test"))
            keys = ApiKeys(owned.store, BRAND)
            for role in (Role.SERVICE, Role.OPERATIONS, Role.ADMIN):
                secret, kept = new_secret()
                scope = KeyScope(role=role, channels=frozenset({"club"}))
                await keys.add(f"club-{role.value}", scope, kept, by="test")
                self.neighbours[f"{role.value} of another channel"] = secret

        await self._at(work)
        self.bea = await self._person(OTHER_STORE)
        member = MembershipKey("own", self.bea)
        self.neighbours |= {
            "CONSUMER": self.token(Role.CONSUMER, member=member),
            "GUIDE of another store": self.token(Role.GUIDE, stores=[OTHER_STORE]),
            "CONNECTOR": self.token(Role.CONNECTOR),
        }

    def token(self, role: Role, **scope: Any) -> str:
        """A token of a role."""
        return mint(self.settings, role=role, brand=BRAND, **scope)

    def ask(self, token: str, query: str, variables: Mapping[str, Any]) -> Any:
        """What a caller is answered, without what no two answers have in common."""
        body = {"query": query, "variables": variables}
        headers = {"authorization": f"Bearer {token}"}
        return _without_id(self._client.post(self._url, json=body, headers=headers).json())

    def first_told(self, token: str, query: str, variables: Mapping[str, Any]) -> Any:
        """The first that a subscription tells over server-sent events, or why it tells nothing."""
        body = {"query": query, "variables": variables}
        headers = {"authorization": f"Bearer {token}", "accept": "text/event-stream"}
        with self._client.stream("POST", self._url, json=body, headers=headers) as answer:
            lines = (one for one in answer.iter_lines() if one.startswith("data:"))
            return _without_id(json.loads(next(lines).partition(":")[2]))

    def hers(self, kind: str) -> Any:
        """A new object of a new person of store M1, as an argument of its kind names it."""
        return asyncio.run(self._made(kind, HER_STORE))

    def mine(self, kind: str) -> Any:
        """As `hers`, of the neighbour's store; the membership is the neighbour's own."""
        if kind == "membership":
            return global_id("Membership", "own", self.bea)
        return asyncio.run(self._made(kind, OTHER_STORE))

    def nobodys(self, kind: str) -> Any:
        """What an argument of a kind looks like that names nothing."""
        return _NOTHING[kind]()

    async def _made(self, kind: str, store: str) -> Any:
        number = await self._person(store)
        self.last = global_id("Membership", "own", number)
        if kind in _OF_PERSON:
            return _OF_PERSON[kind](number, await self._one_id(number))
        if kind in ("merge", "candidate", "touch", "reservation"):
            return await self._row(kind, number, store)
        made = self._bought(kind, store)
        if kind == "order command":
            await self._write(_DEAD, id=made)
            return global_id("OrderCommand", BRAND, made)
        return made

    def sold(self, channel: str, store: str) -> str:
        """The id of an order of nobody in a channel without a system."""
        wish = {"lines": _LINES, "total": _CNY, "store": store, "channel": channel}
        return str(self._done("placeOrder", "OrderChanged { orderId }", **wish)["orderId"])

    async def _row(self, kind: str, number: str, store: str) -> str:
        named, one_id = uuid4(), await self._one_id(number)
        if kind == "reservation":
            await self._write(_RESERVATION, id=named, member=one_id)
            return reservation_id("s1", str(named))
        if kind == "touch":
            await self._write(_TOUCH, number=number, id=named.hex, one_id=one_id)
            return named.hex
        if kind == "candidate":
            other = await self._person(store)
            await self._write(_CANDIDATE, left=number, right=other, id=named.hex)
            return global_id("MergeCandidate", BRAND, named.hex)
        two = [await self._person(store, bare=True) for _ in range(2)]
        both = [global_id("Member", BRAND, await self._one_id(one)) for one in two]
        merged = self._done("mergeMembers", "MembersMerged { mergeId }", members=both, reason="t")
        return str(merged["mergeId"])

    def _bought(self, kind: str, store: str) -> Any:
        """An order of hers and what hangs on it, or a coupon."""
        card = self.last
        if kind in ("coupon", "unit", "object: Coupon"):
            claimed = self._done(
                "claimCoupon", "CouponClaimed { coupon { id } }", template="ten", membership=card
            )
            coupon = claimed["coupon"]["id"]
            if kind != "unit":
                return coupon
            wish = {"coupons": [coupon], "order": {"channel": "own", "number": "x"}}
            return self._done("lockCoupon", "CouponUnit { unit }", membership=card, **wish)["unit"]
        wish = {"lines": _LINES, "total": _CNY, "store": store}
        if kind in ("order change", "order command"):
            placed = self._done("placeOrder", "OrderChanged { change }", channel="sap", **wish)
            return placed["change"]
        shown = "OrderChanged { orderId serviceRequestId order { number } }"
        placed = self._done("placeOrder", shown, channel="own", membership=card, **wish)
        if kind == "order key":
            return {"channel": "own", "number": placed["order"]["number"]}
        if kind == "service request":
            more = {"order": placed["orderId"], "kind": "GIFT_CARD_NOTE", "text": "x"}
            return self._done("addServiceRequest", shown, **more)["serviceRequestId"]
        return placed["orderId"]

    def _done(self, mutation: str, shown: str, **given: Any) -> Any:
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        query = f"""mutation M($i: {kind}!) {{ {mutation}(input: $i) {{
          __typename ... on {shown} ... on UserError {{ code }} }} }}"""
        wish = {**given, "idempotencyKey": secrets.token_hex(8)}
        told = self.ask(self.token(Role.SERVICE), query, {"i": wish})
        found = (told.get("data") or {}).get(mutation)
        assert found is not None, told
        assert found["__typename"] == shown.split(maxsplit=1)[0], told
        return found

    async def _person(self, store: str, *, bare: bool = False) -> str:
        """The number of a new person's membership; of a bare one nothing is known."""
        at = next(_NUMBERS)
        number = f"{at:012d}"
        contact = Contact(
            name="林小满",
            phone=f"139{at:08d}",
            phone_verified=True,
            email=f"p{at}@example.test",
            email_verified=True,
            card_number=f"BW{at:08d}",
            identities=(Identity(IdentityKind.WECHAT_UNIONID, "open", f"union-{at}"),),
        )
        hers = Membership(
            channel="own",
            number=number,
            home_store_code=store,
            joined_at=NOW,
            contact=Contact() if bare else contact,
            source=own_source(number),
        )

        async def work(owned: Owned) -> None:
            intake = intake_of(owned)
            await owned.store.transaction(lambda run: intake.take(run, [hers], at=NOW))

        await self._at(work)
        return number

    async def _one_id(self, number: str) -> str:
        found: list[str] = []

        async def work(owned: Owned) -> None:
            statement = text("SELECT one_id FROM membership_links WHERE number = :n")
            found.extend(row.one_id for row in await owned.store.rows(statement, {"n": number}))

        await self._at(work)
        return found[0]

    async def _write(self, statement: Any, **named: Any) -> None:
        async def work(owned: Owned) -> None:
            await owned.store.transaction(lambda run: run(statement, {"brand": BRAND, **named}))

        await self._at(work)

    async def _at(self, work: Any) -> None:
        url = self.settings.database_url.get_secret_value()
        store = Store.open(url, deadline_seconds=30)
        try:
            await work(owned_by(store, BRAND, keyring(self.settings), "Asia/Shanghai"))
        finally:
            await store.aclose()


def _without_id(told: Any) -> Any:
    """An answer without its moment, its id and what is signed over them."""
    if isinstance(told, list):
        return [_without_id(one) for one in told]
    if not isinstance(told, dict):
        return told
    return {name: _without_id(one) for name, one in told.items() if name not in _OF_THE_MOMENT}


def _external(value: str) -> dict[str, str]:
    return {"kind": "WECHAT_UNIONID", "scope": "open", "value": value}


def _key(number: str) -> dict[str, str]:
    return {"channel": "own", "number": number}


_OF_PERSON: Mapping[str, Any] = {
    "member": lambda _, one_id: global_id("Member", BRAND, one_id),
    "object: Member": lambda _, one_id: global_id("Member", BRAND, one_id),
    "phone": lambda number, _: f"139{int(number):08d}",
    "email": lambda number, _: f"p{int(number)}@example.test",
    "card": lambda number, _: f"BW{int(number):08d}",
    "external identity": lambda number, _: _external(f"union-{int(number)}"),
    "membership": lambda number, _: global_id("Membership", "own", number),
    "object: Membership": lambda number, _: global_id("Membership", "own", number),
    "membership key": lambda number, _: _key(number),
    "store": lambda _number, _: {"code": HER_STORE},
}
_NOTHING: Mapping[str, Any] = {
    "member": lambda: global_id("Member", BRAND, "a" * 24),
    "object: Member": lambda: global_id("Member", BRAND, "a" * 24),
    "phone": lambda: "13899999999",
    "email": lambda: "nobody@example.test",
    "card": lambda: "BW99999999",
    "external identity": lambda: _external("union-of-nobody"),
    "membership": lambda: global_id("Membership", "own", "9" * 12),
    "object: Membership": lambda: global_id("Membership", "own", "9" * 12),
    "membership key": lambda: _key("9" * 12),
    "order": lambda: global_id("Order", "own", "20260101-999999999"),
    "object: Order": lambda: global_id("Order", "own", "20260101-999999999"),
    "order key": lambda: _key("20260101-999999999"),
    "order change": lambda: secrets.token_hex(16),
    "order command": lambda: global_id("OrderCommand", BRAND, secrets.token_hex(16)),
    "service request": lambda: global_id("ServiceRequest", BRAND, secrets.token_hex(16)),
    "coupon": lambda: global_id("Coupon", "platform", secrets.token_hex(12)),
    "object: Coupon": lambda: global_id("Coupon", "platform", secrets.token_hex(12)),
    "unit": lambda: secrets.token_hex(16),
    "reservation": lambda: reservation_id("s1", str(uuid4())),
    "merge": lambda: global_id("Merge", BRAND, secrets.token_hex(12)),
    "candidate": lambda: global_id("MergeCandidate", BRAND, secrets.token_hex(12)),
    "touch": lambda: secrets.token_hex(16),
    "store": lambda: {"code": "M99"},
}
