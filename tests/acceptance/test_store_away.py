"""PostgreSQL and Valkey go away under load: what is federated goes on, and says so."""

import os
import signal
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event

import pytest
import redis

from gateway.embedded import EmbeddedPostgres, EmbeddedValkey
from store.migrate import upgrade
from store.product.products_file import import_products
from tests.acceptance import truth
from tests.acceptance.retailer import ROOT, eventually
from tests.acceptance.walking import ORDERS

pytestmark = [
    pytest.mark.box,
    pytest.mark.xdist_group("acceptance"),
    pytest.mark.timeout(240),
]

AWAY_SECONDS = 60.0
HUNG_SECONDS = 4.0
FOUND_OUT_SECONDS = 1.5
RECOVERED_SECONDS = 10.0
CLIENTS = 4
# They are there to find faults, not to fill a core for a minute.
PAUSE_SECONDS = 0.1
# The store gives up after a second at most; everything else in the query is a fraction of one.
SLOWEST_SECONDS = 3.0

PERSON = (ROOT / "gateway/explorer/queries/10-person.graphql").read_text("utf-8")
MEMBER = '{ member(by: { phone: "13912345678" }) { oneId memberships { number } } }'
PRODUCT = '{ product(sku: "BW-100123") { name } }'
QUESTIONS = (ORDERS, MEMBER, PRODUCT, PERSON)


@pytest.fixture(scope="module")
def store(box):
    """A platform's PostgreSQL apart from the tills', with a short path: it keeps its socket."""
    with tempfile.TemporaryDirectory(prefix="st-") as folder:
        server = _Server(Path(folder))
        reference = box.home / "reference"
        upgrade(server.dsn)
        import_products(
            server.dsn, reference / "products.csv", reference / "crosswalk.csv", brand="baiwei"
        )
        yield server
        server.stop()


class _Server:
    """A server that goes away and comes back where it was."""

    def __init__(self, home):
        self._home = home
        self._running = EmbeddedPostgres.start(home)
        self.dsn = self._running.create_database("santong")

    def stop(self):
        self._running.stop()

    def start(self):
        self._running = EmbeddedPostgres.start(self._home)
        assert self._running.dsn("santong") == self.dsn

    @contextmanager
    def away(self, way):
        """Stopped, or hung: frozen with all its processes."""
        leave, back = {
            "stopped": (self.stop, self.start),
            "hung": (lambda: self._signal(signal.SIGSTOP), lambda: self._signal(signal.SIGCONT)),
        }[way]
        leave()
        try:
            yield
        finally:
            back()

    def _signal(self, one):
        for pid in _family(self._running.process.pid):
            os.kill(pid, one)


class _Load:
    """A few clients that ask all the time; what they were told is kept by phase."""

    def __init__(self, gateway):
        self._gateway = gateway
        self._ended = Event()
        self.phase = "before"
        self.told = []

    @contextmanager
    def running(self):
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(self._ask, number) for number in range(CLIENTS)]
            try:
                yield self
            finally:
                self._ended.set()
        for client in clients:
            client.result()

    def _ask(self, number):
        turn = number
        while not self._ended.is_set():
            question = QUESTIONS[turn % len(QUESTIONS)]
            phase = self.phase
            variables = {"first": 20} if question is ORDERS else {}
            answer = self._gateway.ask(question, **variables)
            self.told.append((phase if phase == self.phase else "between", question, answer))
            turn += 1
            self._ended.wait(PAUSE_SECONDS)

    def of(self, phase, question):
        return [answer for when, what, answer in self.told if (when, what) == (phase, question)]

    def waits(self, seconds):
        self._ended.wait(seconds)


@pytest.mark.parametrize(("way", "seconds"), [("stopped", AWAY_SECONDS), ("hung", HUNG_SECONDS)])
def test_federated_reads_go_on_without_the_store_and_say_so(
    gateway_of, retailer, store, way, seconds
):
    own = {"SANTONG_DATABASE_URL": store.dsn}
    with gateway_of(retailer.home / "estate.yaml", own) as gateway:
        known = gateway.ask(MEMBER).data
        load = _Load(gateway)
        with load.running():
            eventually(lambda: len(load.told) > 4 * CLIENTS, within=15)
            load.phase = "between"
            with store.away(way):
                load.waits(FOUND_OUT_SECONDS)
                load.phase = "away"
                load.waits(seconds)
                load.phase = "between"
            took = eventually(lambda: _well(gateway), within=RECOVERED_SECONDS)
            load.phase = "after"
            enough = len(load.told) + 4 * CLIENTS
            eventually(lambda: len(load.told) > enough, within=15)
    assert took < RECOVERED_SECONDS
    assert Counter(answer.status for _, _, answer in load.told) == {200: len(load.told)}
    assert max(answer.seconds for _, _, answer in load.told) < SLOWEST_SECONDS
    assert all(load.of("away", question) for question in QUESTIONS)
    for answer in load.of("away", ORDERS):
        assert len(answer.data["orders"]["edges"]) == 20
        assert answer.warnings == []
    for answer in load.of("away", MEMBER):
        assert answer.data == known
        assert answer.warned() == {("platform", "STORE_UNAVAILABLE")}
    for answer in load.of("away", PERSON):
        shown = answer.data["member"]
        assert len(shown["orders"]["edges"]) == 10
        assert ("platform", "STORE_UNAVAILABLE") in answer.warned()
        lines = [line for edge in shown["orders"]["edges"] for line in edge["node"]["lines"]]
        assert {line["product"] is None for line in lines} == {True}
    for answer in load.of("away", PRODUCT):
        assert answer.body["data"] == {"product": None}
        assert answer.codes == ["STORE_UNAVAILABLE"]
        assert answer.body["errors"][0]["extensions"]["retryable"] is True
    for question in QUESTIONS:
        for answer in load.of("after", question):
            assert answer.warnings == []
            assert answer.data


def test_the_gateway_starts_and_reads_while_the_store_is_away(gateway_of, retailer, store):
    with ExitStack() as running:
        with store.away("stopped"):
            own = {"SANTONG_DATABASE_URL": store.dsn}
            gateway = running.enter_context(gateway_of(retailer.home / "estate.yaml", own))
            assert len(gateway.ask(ORDERS, first=20).data["orders"]["edges"]) == 20
            assert gateway.ask(MEMBER).warned() == {("platform", "STORE_UNAVAILABLE")}
            assert gateway.get("/health/live").status_code == 200
        eventually(lambda: _well(gateway), within=RECOVERED_SECONDS)


def test_no_answer_changes_when_valkey_is_wiped_killed_or_back(gateway_of, retailer):
    with tempfile.TemporaryDirectory(prefix="vk-") as folder:
        valkey = EmbeddedValkey.start(Path(folder))
        near = {"SANTONG_REDIS_URL": valkey.url}
        try:
            with gateway_of(retailer.home / "estate.yaml", near) as gateway:
                first = _plain(gateway.ask(PERSON))
                with redis.Redis.from_url(valkey.url) as line:
                    eventually(line.dbsize, within=5)
                    line.flushall()
                assert _plain(gateway.ask(PERSON)) == first
                os.kill(valkey.process.pid, signal.SIGKILL)
                for _ in range(3):
                    answer = gateway.ask(PERSON)
                    assert answer.seconds < SLOWEST_SECONDS
                    assert _plain(answer) == first
                valkey.stop()
                valkey = EmbeddedValkey.start(Path(folder))
                with redis.Redis.from_url(valkey.url) as line:
                    eventually(lambda: gateway.ask(PERSON).data and line.dbsize(), within=5)
                assert _plain(gateway.ask(PERSON)) == first
        finally:
            valkey.stop()


def _well(gateway):
    answer = gateway.ask(PRODUCT)
    return "errors" not in answer.body and gateway.ask(MEMBER).warnings == []


def _plain(answer):
    """The data and warnings without times."""
    assert answer.data["member"]["memberships"]
    data = answer.data
    for part in (data["member"]["orders"], data["promotions"]):
        for source in part["sources"]:
            source.pop("latencyMs", None)
    assert truth.LIN["phone"] not in answer.text
    return data, answer.warnings


def _family(pid):
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]
