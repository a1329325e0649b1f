"""Buyers in a process of their own: impatient, forgetful, with two devices, and some pay late.

A wish is sent until it is decided, to whichever gateway. What was acknowledged is written to a file
before the buyer goes on. The end of the standard input ends the buying; whoever is in the middle
of it goes on to its end.
"""

import asyncio
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Coroutine
from dataclasses import asdict, dataclass, field
from itertools import cycle, product
from pathlib import Path
from typing import Any, ClassVar

from bench.chaos.line import Lines, Lost, request
from capabilities.flash.settled import reservation_id
from capabilities.flash.tickets import Ticket, TicketKind, Tickets

_FAR = 4_000_000_000
_OK, _THROTTLED, _AWAY = 200, 429, 503
_UNTIL_DECIDED = 400
# So often nothing may be left in a row before a buyer goes: she has been in every channel of every
# sale, and longer than the gate repeats what it was told.
_GIVES_UP, _REFUSED_SECONDS = 12, 0.3
_TWICE, _OTHER_DEVICE, _LEAVES, _LOOKS_AGAIN = 0.2, 0.1, 0.01, 0.05
_SETTLED_AS = {"paid": 35, "paid twice": 15, "late": 15, "cancelled": 10, "lapses": 25}


@dataclass(frozen=True, slots=True)
class Crowding:
    """Who buys what, where; `to_the_end` buyers pay at once, and stop when nothing is left."""

    ports: tuple[int, ...]
    brand: str
    sales: tuple[str, ...]
    channels: tuple[str, ...]
    key: str
    token: str
    acks: str
    first: int = 0
    buyers: int = 64
    pay_seconds: float = 3.0
    to_the_end: bool = False
    seed: int = 1


@dataclass(slots=True)
class Crowded:
    """What the buyers heard; `odd` are answers that no client could understand."""

    attempts: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    odd: list[str] = field(default_factory=list)
    undecided: int = 0


class Crowd:
    """All buyers of one run."""

    _AGAIN: ClassVar = {"Throttled"}

    def __init__(self, crowding: Crowding) -> None:
        self._asked = crowding
        self._lines = Lines(crowding.ports)
        self._tickets = Tickets(bytes.fromhex(crowding.key), crowding.brand)
        self._chance = random.Random(crowding.seed)  # noqa: S311 - a run that can be repeated
        self._acks = os.open(crowding.acks, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._number = crowding.first
        self._told = Crowded()
        self._outcomes: Counter[str] = Counter()
        self._later: set[asyncio.Task[Any]] = set()
        self._over = asyncio.Event()

    async def run(self) -> Crowded:
        """Buy until it is over, and everybody has heard what became of her wish."""
        over = asyncio.create_task(self._wait_for_the_end())
        await asyncio.gather(*(self._buyer() for _ in range(self._asked.buyers)))
        await asyncio.gather(*self._later)
        over.cancel()
        self._told.outcomes = dict(self._outcomes)
        return self._told

    async def _wait_for_the_end(self) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
        await reader.read()
        self._over.set()

    async def _buyer(self) -> None:
        refused = 0
        places = cycle(product(self._asked.sales, self._asked.channels))
        while not self._over.is_set() and refused < _GIVES_UP:
            number, self._number = self._number, self._number + 1
            sale, channel = next(places)
            outcome = await self._bought(sale, f"m{number:08d}", channel, number)
            gone = self._asked.to_the_end and outcome == "SoldOut"
            refused = refused + 1 if gone else 0
            await asyncio.sleep(_REFUSED_SECONDS if gone else 0)

    async def _bought(self, sale: str, member: str, channel: str, number: int) -> str:
        draw = self._chance.random
        ticket = Ticket(TicketKind.ADMITTED, member, channel, number, _FAR)
        signed = self._tickets.signed(sale, ticket)
        keys = [f"k{number}"] * (2 if draw() < _TWICE else 1)
        keys += ["second device"] if draw() < _OTHER_DEVICE else []
        if draw() < _LEAVES:
            await self._lines.leave(self._port(), _order(sale, signed, keys[0]))
        told = await asyncio.gather(*(self._ordered(sale, member, signed, key) for key in keys))
        if draw() < _LOOKS_AGAIN:
            told.append(await self._ordered(sale, member, signed, keys[0]))
        held = {each["reservation"] for each in told if each.get("reservation")}
        for one in held:
            self._settle_sometime(reservation_id(sale, one), one)
        return str(told[0]["__typename"])

    async def _ordered(self, sale: str, member: str, ticket: str, key: str) -> dict[str, Any]:
        told = await self._decided(_order(sale, ticket, key))
        self._outcomes[told["__typename"]] += 1
        if told["__typename"] == "Reserved":
            named = {"id": told["reservation"], "sale": sale, "member": member, "key": key}
            self._ack("reserved", **named)
        return told

    def _settle_sometime(self, named: str, one: str) -> None:
        if self._asked.to_the_end and self._asked.token:
            self._later_do(self._paid(named, one, 0.0))
            return
        if not self._asked.token:
            return  # nobody takes payments where there is no graph
        kind = self._chance.choices(list(_SETTLED_AS), list(_SETTLED_AS.values()))[0]
        if kind == "cancelled":
            self._later_do(self._settled("cancelReservation", named, one, "cancelled"))
        late = self._asked.pay_seconds + self._chance.uniform(0.0, 4.0) if kind == "late" else 0.0
        for _ in range({"paid": 1, "paid twice": 2, "late": 1}.get(kind, 0)):
            self._later_do(self._paid(named, one, late))

    async def _paid(self, named: str, one: str, after: float) -> None:
        await asyncio.sleep(after)
        await self._settled("payReservation", named, one, "paid")

    async def _settled(self, mutation: str, named: str, one: str, word: str) -> None:
        query = "mutation($r:ID!,$k:ID!){%s(input:{reservation:$r,idempotencyKey:$k})"
        query += "{__typename ...on FlashReservation{state} ...on UserError{code}}}"
        asked = {"query": query % mutation, "variables": {"r": named, "k": f"{word}{one}"}}
        headers = f"authorization: Bearer {self._asked.token}\r\naccept: application/json\r\n"
        sent = request("POST", "/graphql", headers, json.dumps(asked).encode())
        told = await self._decided(sent, mutation)
        outcome = told.get("code") or f"{mutation} {told.get('state')}"
        self._outcomes[outcome] += 1
        if told["__typename"] == "FlashReservation":
            self._ack(word, id=one, state=told["state"])
        else:
            self._ack(f"{word}: declined", id=one, code=told.get("code", ""))

    async def _decided(self, sent: bytes, field: str = "") -> dict[str, Any]:
        """What becomes of a request, however often it takes."""
        for _ in range(_UNTIL_DECIDED):
            self._told.attempts += 1
            try:
                status, body = await self._lines.ask(self._port(), sent)
            except Lost:
                self._told.lost += 1
                await asyncio.sleep(self._chance.uniform(0.05, 0.3))
                continue
            told = self._understood(status, body, field)
            if told is not None and told.get("__typename") not in self._AGAIN:
                return told
            await asyncio.sleep(self._chance.uniform(0.1, 0.4))
        self._told.undecided += 1
        return {"__typename": "undecided"}

    def _understood(self, status: int, body: bytes, field: str) -> dict[str, Any] | None:
        """An answer; None where it must be asked again."""
        told = json.loads(body) if body.startswith(b"{") else {}
        found: dict[str, Any] | None = (told.get("data") or {}).get(field) if field else told
        if found is not None and found.get("__typename"):
            return found
        codes = [one.get("extensions", {}).get("code", "") for one in told.get("errors", [])]
        word = codes[0] if codes else ""
        self._outcomes[word or f"status {status}"] += 1
        if word != "STORE_UNAVAILABLE" and status not in (_THROTTLED, _AWAY):
            self._told.odd = [*self._told.odd, f"{status} {body[:200]!r}"][:5]
        return None

    def _port(self) -> int:
        return self._chance.choice(self._asked.ports)

    def _ack(self, what: str, **facts: str) -> None:
        os.write(self._acks, (json.dumps({"what": what, **facts}) + "\n").encode())

    def _later_do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)


def _order(sale: str, ticket: str, key: str) -> bytes:
    body = json.dumps({"idempotencyKey": key}).encode()
    return request("POST", f"/flash/{sale}/orders", f"santong-ticket: {ticket}\r\n", body)


async def _main() -> None:
    asked = json.loads(sys.stdin.buffer.raw.readline())  # type: ignore[attr-defined]
    told = await Crowd(Crowding(**asked)).run()
    Path(asked["acks"]).with_suffix(".told").write_text(json.dumps(asdict(told)), "utf-8")


if __name__ == "__main__":
    asyncio.run(_main())
