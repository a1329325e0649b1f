"""Load at a fixed arrival rate, whatever the gateway does with it."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable

import aiohttp

from bench.soak.questions import Question, Questions

_OK = 200
_CODE = re.compile(rb'"code":\s*"(\w+)"')
_WARNING = re.compile(rb'"warnings":\s*\[\{"code":\s*"(\w+)"')
# Beyond so many at once a request is not sent, and counted.
_MOST_AT_ONCE = 400
_PATIENCE_SECONDS = 30.0


class Traffic:
    """One soak's requests, and how they ended."""

    def __init__(self, address: str, questions: Questions) -> None:
        self._url = f"{address}/graphql"
        self._questions = questions
        self._running: set[asyncio.Task[None]] = set()
        self.ended: Counter[str] = Counter()

    async def introduce(self, clients: int) -> None:
        """Ask for the members who are introduced, so many questions at a time."""
        questions = self._questions.introductions()

        async def client(session: aiohttp.ClientSession) -> None:
            for question in questions:
                await self._ask(session, question)

        async with self._session() as session:
            await asyncio.gather(*(client(session) for _ in range(clients)))

    async def closed_loop(self, seconds: float, clients: int) -> float:
        """Requests per second when so many clients ask as soon as they have their answer."""
        ends, before = time.monotonic() + seconds, self.ended.total()

        async def client(session: aiohttp.ClientSession) -> None:
            while time.monotonic() < ends:
                await self._ask(session, self._questions.next())

        async with self._session() as session:
            await asyncio.gather(*(client(session) for _ in range(clients)))
        return (self.ended.total() - before) / seconds

    async def at_rate(self, rate: float, seconds: float, tick: Callable[[float], None]) -> None:
        """So many requests a second start, each at its own time; `tick` is told the seconds."""
        began = time.monotonic()
        async with self._session() as session:
            for number in range(int(rate * seconds)):
                due = began + number / rate
                if (early := due - time.monotonic()) > 0:
                    await asyncio.sleep(early)
                tick(time.monotonic() - began)
                if len(self._running) >= _MOST_AT_ONCE:
                    self.ended["not sent"] += 1
                    continue
                task = asyncio.create_task(self._ask(session, self._questions.next()))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            await asyncio.gather(*self._running, return_exceptions=True)

    @staticmethod
    def _session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), trust_env=False)

    async def _ask(self, session: aiohttp.ClientSession, question: Question) -> None:
        seconds = question.leaves_after
        try:
            async with (
                asyncio.timeout(_PATIENCE_SECONDS if seconds is None else seconds),
                session.post(self._url, data=question.body, headers=question.headers) as answer,
            ):
                content = await answer.read()
        except TimeoutError:
            self.ended["never answered" if seconds is None else "client left"] += 1
        except aiohttp.ClientError as exc:
            self.ended[f"connection: {type(exc).__name__}"] += 1
        else:
            self.ended[_outcome(question, answer.status, content)] += 1


def _outcome(question: Question, status: int, content: bytes) -> str:
    if question.mistake is not None:
        return f"mistake: {question.mistake}"
    if status != _OK:
        return f"status {status}"
    if b'"errors"' in content:
        code = _CODE.search(content)
        return f"answered with {code[1].decode() if code else 'an error'}"
    missing = _WARNING.search(content)
    return f"answered without a source: {missing[1].decode()}" if missing else "answered"
