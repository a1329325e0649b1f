"""People of ten channels: they enter, wait for their turn, buy, and most of them pay."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.line import Lines, Lost, request
from capabilities.caller import MembershipKey, Role
from capabilities.flash.settled import reservation_id
from gateway.auth.tokens import mint
from gateway.settings import Settings

_TWICE, _PAYS, _CANCELS = 0.2, 0.85, 0.3
_AGAIN = 3
_PAY = """mutation ($r: ID!, $k: ID!) {
  payReservation(input: {reservation: $r, idempotencyKey: $k}) {
    __typename ... on FlashReservation { state } ... on UserError { code }
  }
}"""
_CANCEL = _PAY.replace("payReservation", "cancelReservation")


@dataclass(slots=True)
class Heard:
    """What all of them heard so far."""

    waiting: int = 0
    admitted: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)
    settled: Counter[str] = field(default_factory=Counter)


class Buyers:
    """All buyers of one sale at one gateway."""

    def __init__(self, port: int, token: str, brand: str, sale: str, seed: int = 7) -> None:
        self.heard = Heard()
        self._settings = Settings()
        self._lines = Lines([port])
        self._port, self._token, self._brand, self._sale = port, token, brand, sale
        self._chance = random.Random(seed)  # noqa: S311 - whom a demo lets pay

    async def buy(self, number: int, channel: str, arrives: float) -> None:
        """One buyer, from her arrival to her payment."""
        await asyncio.sleep(arrives)
        ticket = await self._admitted(number, channel)
        for turn in range(_AGAIN):
            taps = 1 + (self._chance.random() < _TWICE)
            wishes = [self._ordered(ticket, f"k{number}") for _ in range(taps)]
            told = (await asyncio.gather(*wishes))[0]
            if told["__typename"] == "Reserved":
                self.heard.by_channel[channel] += 1
                await self._settle(told["reservation"])
                return
            if not told.get("mayReturn"):
                return
            await asyncio.sleep(2.0 * (turn + 1))

    async def _admitted(self, number: int, channel: str) -> str:
        """A ticket that buys, once it is her turn."""
        member = MembershipKey(channel, f"D{number:06d}")
        token = mint(self._settings, role=Role.CONSUMER, brand=self._brand, member=member)
        path, header = f"/flash/{self._sale}/tickets", f"authorization: Bearer {token}\r\n"
        turn = await self._asked(request("POST", path, header))
        self.heard.waiting += 1
        while not turn["admitted"]:
            await asyncio.sleep(turn["retryAfterMs"] / 1000)
            header = f"santong-ticket: {turn['ticket']}\r\n"
            turn = await self._asked(request("GET", path, header))
        self.heard.waiting -= 1
        self.heard.admitted += 1
        return str(turn["ticket"])

    async def _ordered(self, ticket: str, key: str) -> dict[str, Any]:
        body = json.dumps({"idempotencyKey": key}).encode()
        path, header = f"/flash/{self._sale}/orders", f"santong-ticket: {ticket}\r\n"
        told = await self._asked(request("POST", path, header, body))
        name = "Reserved, again" if told.get("replay") else told["__typename"]
        self.heard.outcomes[name] += 1
        return told

    async def _settle(self, reservation: str) -> None:
        """Most pay after a moment, some twice; some give theirs back, and some forget it."""
        await asyncio.sleep(self._chance.uniform(0.5, 4.0))
        draw = self._chance.random()
        if draw < _PAYS:
            await self._settled(_PAY, reservation, "pay")
        elif draw < _PAYS + (1 - _PAYS) * _CANCELS:
            await self._settled(_CANCEL, reservation, "cancel")
        else:
            self.heard.settled["forgotten"] += 1

    async def _settled(self, query: str, reservation: str, word: str) -> None:
        named = {"r": reservation_id(self._sale, reservation), "k": f"{word}{reservation}"}
        headers = f"authorization: Bearer {self._token}\r\naccept: application/json\r\n"
        body = json.dumps({"query": query, "variables": named}).encode()
        told = await self._asked(request("POST", "/graphql", headers, body))
        (found,) = told["data"].values()
        self.heard.settled[found.get("state") or found["code"]] += 1

    async def _asked(self, sent: bytes) -> dict[str, Any]:
        """An answer that decides something, however often it takes."""
        while True:
            try:
                status, body = await self._lines.ask(self._port, sent)
            except Lost:
                await asyncio.sleep(0.2)
                continue
            told: dict[str, Any] = json.loads(body)
            if "errors" not in told and told.get("__typename") != "Throttled":
                return told
            self.heard.outcomes["Throttled" if status < 500 else "errors"] += 1  # noqa: PLR2004
            await asyncio.sleep(self._chance.uniform(0.2, 0.6))

    async def aclose(self) -> None:
        """Close their connections."""
        await self._lines.aclose()
