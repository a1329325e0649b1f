"""Redis as the cache meets it: one server, and a cluster of three."""

import asyncio
import itertools

import pytest

from cache import EntityCache, Fetched, Near, Scope
from capabilities.estate import CachePolicy
from tests.cache.valkey_cluster import running_cluster

_BRANDS = itertools.count()
KEY = b"k" * 32
POLICY = CachePolicy(fresh=30, absent=5, stale_while_revalidate=300, stale_if_error=3600)


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory):
    with running_cluster(tmp_path_factory.mktemp("cluster")) as url:
        yield url


@pytest.fixture(params=["single", "cluster"])
def redis_url(request):
    if request.param == "cluster":
        return request.getfixturevalue("cluster_url")
    return request.getfixturevalue("valkey").url


async def until(is_so):
    """Returns when it is so."""
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110  # what is awaited is another process
            await asyncio.sleep(0.001)


class Clock:
    """The cache's clock, moved by hand."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        return self.now


class Source:
    """A system that remembers what it was asked; `gate` holds its answers back."""

    def __init__(self, answers=None):
        self.answers = answers or {}
        self.error = None
        self.asked = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.cancelled = 0

    async def fetch(self, keys):
        self.asked.append(list(keys))
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        found = (self.answers.get(key) for key in keys)
        return [one if isinstance(one, Exception) else Fetched(one, 7) for one in found]


class Process:
    """One process's cache with one connector's answers in it."""

    def __init__(self, url, brand, clock, timeout_seconds=5):
        self.near = Near(url, timeout_seconds=timeout_seconds)
        self.cache = EntityCache(self.near, KEY, brand=brand, clock=clock)

    def of(self, port="memberships", *, policy=POLICY, connector="woo", seconds=5.0, **more):
        scope = Scope(
            connector=connector,
            port=port,
            seconds=seconds,
            **{"version": "1", "audience": "service", **more},
        )
        return self.cache.answering(scope, policy)

    async def settled(self):
        """Everything that runs behind the callers has ended."""
        while self.cache._tasks:
            await asyncio.gather(*self.cache._tasks, return_exceptions=True)

    async def until_heard(self):
        await until(lambda: self.cache._layer.hears)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def processes(redis_url, clock):
    """Makes processes of one brand; `follow` gives them a process layer."""
    brand = f"brand{next(_BRANDS)}"
    made = []

    async def make(*, follow=False, url=redis_url):
        process = Process(url, brand, clock)
        made.append(process)
        if follow:
            await process.cache.__aenter__()
            await process.until_heard()
        return process

    yield make
    for process in made:
        await process.cache.__aexit__(None, None, None)
        await process.near.aclose()
