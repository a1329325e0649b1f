"""會員通 as the platform runs it: it asks the brand and waits 1.2 s, in flight mode nobody.

Who joins in flight mode, or while the brand is late, is a member at the platform at once. She is
brought to the brand later, up to ten times within a day.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Final

import httpx
import msgspec
import orjson

WAITS_SECONDS: Final = 1.2
MOST_TRIES: Final = 10
MOST_AGE: Final = timedelta(days=1)
QUERY: Final = "tmall.mei.crm.member.bind.query"
BIND: Final = "tmall.mei.crm.bind"
REGISTER: Final = "tmall.mei.crm.member.register"
ACTIVATE: Final = "qimen.alibaba.member.activate"
_BEIJING: Final = timezone(timedelta(hours=8))
_TIME: Final = "%Y-%m-%d %H:%M:%S"


class Buyer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at the marketplace: in this shop, in all shops of the brand, and her phone."""

    ouid: str
    omid: str
    nick: str
    mobile: str


class Waiting(msgspec.Struct, kw_only=True):
    """Who joined and is not yet known to the brand."""

    buyer: Buyer
    joined: datetime
    tries: int = 0


class MemberCenter:
    """One shop's membership at the platform; `clock` is the platform's own."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        address: str,
        *,
        app_key: str,
        secret: str,
        seller: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        waits: float = WAITS_SECONDS,
    ) -> None:
        self._client = client
        self._address = address
        self._app_key = app_key
        self._secret = secret
        self._seller = seller
        self._clock = clock
        self._waits = waits
        self.flight = False
        self.waiting: list[Waiting] = []
        self.given_up: list[Waiting] = []

    async def ask(self, method: str, told: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the brand answers; None where it does not in time, or not as agreed."""
        query, headers, body = self.written(method, told)
        try:
            answer = await self._client.post(
                self._address, params=query, headers=headers, content=body, timeout=self._waits
            )
        except httpx.HTTPError:
            return None
        if answer.status_code != httpx.codes.OK:
            return None
        found: dict[str, Any] = orjson.loads(answer.content)
        return found

    def written(
        self, method: str, told: Mapping[str, Any], at: datetime | None = None
    ) -> tuple[dict[str, str], dict[str, str], bytes]:
        """A call as it goes out: parameters with their signature, headers, and the body."""
        body = orjson.dumps({"seller_name": self._seller, **told})
        sent = (at or self._clock()).astimezone(_BEIJING)
        headers = {"top-sign-list": "x-trace", "x-trace": f"t{len(body)}"}
        query = {
            "method": method,
            "app_key": self._app_key,
            "timestamp": sent.strftime(_TIME),
            "sign_method": "md5",
            "v": "2.0",
            "format": "json",
        }
        covered = {**query, "x-trace": headers["x-trace"]}
        text = "".join(name + covered[name] for name in sorted(covered)).encode()
        whole = self._secret.encode() + text + body + self._secret.encode()
        query["sign"] = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper()
        return query, {**headers, "content-type": "application/json"}, body

    async def query(self, buyer: Buyer) -> dict[str, Any] | None:
        """Whether she is the brand's member."""
        return await self.ask(QUERY, msgspec.structs.asdict(buyer))

    async def join(self, buyer: Buyer) -> str:
        """She becomes a member: by the brand's word, or here at once."""
        joined = self._clock()
        if not self.flight:
            answer = await self._register(buyer, joined)
            if answer is not None:
                return answer
        self.waiting.append(Waiting(buyer=buyer, joined=joined))
        return "FLIGHT"

    async def backfill(self) -> int:
        """Bring everybody who waits to the brand, once each; how many wait still."""
        left: list[Waiting] = []
        for one in self.waiting:
            one.tries += 1
            done = await self._register(one.buyer, one.joined)
            if done == "SUC":
                continue
            spent = one.tries >= MOST_TRIES or self._clock() - one.joined >= MOST_AGE
            (self.given_up if spent else left).append(one)
        self.waiting = left
        return len(left)

    async def _register(self, buyer: Buyer, joined: datetime) -> str | None:
        at = joined.astimezone(_BEIJING).strftime(_TIME)
        answer = await self.ask(REGISTER, {**msgspec.structs.asdict(buyer), "register_time": at})
        code = None if answer is None else answer.get("register_code")
        return None if code is None or code == "E04" else str(code)
