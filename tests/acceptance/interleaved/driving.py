"""Many calls at once, straight to the application or over real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
import orjson

from tests.acceptance.interleaved import questions
from tests.acceptance.interleaved.callers import CALLERS, GUIDES, OPERATIONS, Caller
from tests.acceptance.interleaved.checking import Crossed, check
from tests.acceptance.interleaved.mix import Call

_ACCEPT = "application/json"


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


Ask = Callable[[Caller, bytes, int | None], Awaitable[Answer | None]]


def asking(app: Any, authorization: Mapping[str, str | None]) -> Ask:
    """Asks the application without a socket; a client that leaves is answered None or in time."""

    async def ask(caller: Caller, body: bytes, leaves_after: int | None) -> Answer | None:
        said = [{"type": "http.request", "body": body, "more_body": False}]
        answered = asyncio.Event()
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if said:
                return said.pop()
            if leaves_after is None:
                await answered.wait()
            else:
                for _ in range(leaves_after):
                    await asyncio.sleep(0)
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            await app(_scope(authorization[caller.name], len(body)), receive, send)
        finally:
            answered.set()
        if not sent or (leaves_after is not None and sent[0]["status"] == 400):
            return None
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        body = b"".join(one.get("body", b"") for one in sent[1:])
        return Answer(sent[0]["status"], headers, body)

    return ask


def _scope(authorization: str | None, length: int) -> dict[str, Any]:
    headers = [
        (b"host", b"gateway"),
        (b"content-type", b"application/json"),
        (b"accept", _ACCEPT.encode()),
        (b"content-length", str(length).encode()),
    ]
    if authorization is not None:
        headers.append((b"authorization", authorization.encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 50_000),
        "server": ("gateway", 80),
    }


@asynccontextmanager
async def over_http(
    address: str, authorization: Mapping[str, str | None], connections: int
) -> AsyncIterator[Ask]:
    """Asks a gateway over keep-alive connections; a client that leaves closes its own."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections), trust_env=False
    ) as session:

        async def ask(caller: Caller, body: bytes, leaves_after: int | None) -> Answer | None:
            headers = {"content-type": "application/json", "accept": _ACCEPT}
            if (told := authorization[caller.name]) is not None:
                headers["authorization"] = told
            seconds = None if leaves_after is None else 0.001 + leaves_after / 1000
            try:
                async with (
                    asyncio.timeout(seconds),
                    session.post(f"{address}/graphql", data=body, headers=headers) as answer,
                ):
                    return Answer(answer.status, answer.headers, await answer.read())
            except TimeoutError:
                return None

        yield ask


async def drive(ask: Ask, calls: Iterator[Call], count: int, *, at_once: int) -> int:
    """So many calls, so many of them at once, each checked; how many were answered.

    After the first wrong answer no more are asked; what is under way ends first.
    """
    left, answered = count, 0
    wrong: list[Exception] = []

    async def client() -> None:
        nonlocal left, answered
        while left > 0 and not wrong:
            left -= 1
            call = next(calls)
            body = orjson.dumps({"query": call.text, "variables": call.variables})
            try:
                answer = await ask(call.caller, body, call.leaves_after)
                if answer is not None:
                    answered += 1
                    check(call, *answer)
            except asyncio.CancelledError:
                if (own := asyncio.current_task()) is None or own.cancelling():
                    raise
                wrong.append(Crossed(f"{call.caller.name} was cancelled by somebody else"))
            except Exception as exc:  # noqa: BLE001 - raised when all have ended
                wrong.append(exc)

    await asyncio.gather(*(client() for _ in range(at_once)))
    if wrong:
        raise wrong[0]
    return answered


async def prepare(ask: Ask, pages: tuple[int, ...], people: range) -> dict[tuple[str, int], str]:
    """Lets every person be known, so that ids lead to her, and takes a cursor for every scope."""
    for who in people:
        by = {"phone": questions.planted.phone(who)}
        await _told(ask, OPERATIONS, questions.PERSON, {"by": by, "n": 1, "held": False})
    places = {}
    for caller in (OPERATIONS, *GUIDES):
        for n in pages:
            told = await _told(ask, caller, questions.PLACE, {"n": n})
            places[caller.name, n] = told["data"]["orders"]["pageInfo"]["endCursor"]
    return places


async def settle(ask: Ask) -> None:
    """A last question of everybody, so that what clients have left behind has ended."""
    for caller in CALLERS:
        await _told(ask, caller, questions.REFERENCE, {})


async def _told(ask: Ask, caller: Caller, text: str, variables: Mapping[str, Any]) -> Any:
    answer = await ask(caller, orjson.dumps({"query": text, "variables": variables}), None)
    assert answer is not None
    return orjson.loads(answer.body)
