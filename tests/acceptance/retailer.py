"""The running retailer as its callers see it: questions over HTTP, faults and counts by control."""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import httpx

from capabilities.caller import MembershipKey, Role
from gateway.auth.tokens import mint
from gateway.cli.box.control import call_control
from gateway.cli.box.orders import let_orders_arrive
from gateway.cli.box.state import BoxState, read_state
from gateway.embedded import OwnedProcess
from gateway.settings import Settings
from tests.acceptance.door_settings import doors_environment

ROOT = Path(__file__).parents[2]
SYSTEMS = ("sap", "shop", "pos")
GUIDE_STORE = "M0001"
CONSUMER = MembershipKey("shop", "101")
_BRAND = "baiwei"
_READY = "Ctrl-C stops everything."
_SECONDS = 60.0
_CLEAN = {
    name: value for name, value in os.environ.items() if not name.startswith(("SANTONG_", "DEMO_"))
}


class Answer(NamedTuple):
    """What a gateway answered, and how long that took."""

    status: int
    text: str
    seconds: float

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(self.text)

    @property
    def data(self) -> dict[str, Any]:
        """The data of an answer without errors."""
        assert self.status == httpx.codes.OK, self.text
        assert "errors" not in self.body, self.text
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        return [one["extensions"]["code"] for one in self.body.get("errors", ())]

    @property
    def warnings(self) -> list[dict[str, Any]]:
        return self.body["extensions"].get("warnings", [])

    def warned(self) -> set[tuple[str, str]]:
        """Who is warned of, and with which code."""
        return {(one["source"], one["code"]) for one in self.warnings}


class Gateway:
    """One gateway, and a token for each role that asks it."""

    def __init__(self, address: str, secret: str) -> None:
        self.address = address
        self._client = httpx.Client(base_url=address, trust_env=False, timeout=20)
        settings = Settings(secret_key=secret)
        self.tokens = {
            "operations": mint(settings, role=Role.OPERATIONS, brand=_BRAND),
            "service": mint(settings, role=Role.SERVICE, brand=_BRAND),
            "admin": mint(settings, role=Role.ADMIN, brand=_BRAND),
            "guide": mint(settings, role=Role.GUIDE, brand=_BRAND, stores=[GUIDE_STORE]),
            "consumer": mint(settings, role=Role.CONSUMER, brand=_BRAND, member=CONSUMER),
        }

    def ask(self, query: str, *, role: str | None = "operations", **variables: object) -> Answer:
        """A GraphQL question as one of the roles; None asks without a token."""
        headers = {} if role is None else {"Authorization": f"Bearer {self.tokens[role]}"}
        began = time.monotonic()
        told = self._client.post(
            "/graphql", json={"query": query, "variables": variables}, headers=headers
        )
        return Answer(told.status_code, told.text, time.monotonic() - began)

    def get(self, path: str) -> httpx.Response:
        return self._client.get(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


class Retailer(Gateway):
    """The whole box, started by `santong demo` as people do."""

    def __init__(self, home: Path, state: BoxState) -> None:
        super().__init__(state.address, state.environment["SANTONG_SECRET_KEY"])
        self.home = home
        self.state = state

    def fault(self, system: str, mode: str) -> None:
        call_control(self.state.controls[system], "fault", {"mode": mode})

    @contextmanager
    def broken(self, system: str, mode: str) -> Iterator[None]:
        """A system with a fault for a block, and well again after it."""
        self.fault(system, mode)
        try:
            yield
        finally:
            self.fault(system, "none")

    def heal(self) -> None:
        for system in SYSTEMS:
            self.fault(system, "none")

    def arrive(self, system: str, count: int) -> None:
        let_orders_arrive(self.home, system, count)

    def upstream(self, system: str) -> Mapping[str, int]:
        """Calls since the last reset: by the last word of a path, statements as `ask`."""
        told = call_control(self.state.controls[system], "requests")["by_path"]
        return {path.rpartition("/")[2]: count for path, count in told.items()}

    def reset(self) -> None:
        for system in SYSTEMS:
            call_control(self.state.controls[system], "reset", {})


@contextmanager
def running_retailer(home: Path) -> Iterator[Retailer]:
    """`santong demo` in a home of its own, until the block ends."""
    demo = OwnedProcess(
        "demo",
        [sys.executable, "-m", "gateway.cli", "demo", "--with-parent", "--no-work"],
        log=home.parent / "demo.log",
        directory=ROOT,
        env={
            **_CLEAN,
            "SANTONG_HOME": str(home),
            "SANTONG_PORT": str(free_port()),
            # All tests ask with the same few tokens.
            "SANTONG_LOOKUPS_PER_10_MINUTES": "1000000",
            "SANTONG_LOOKUPS_PER_DAY": "1000000",
            **doors_environment(home.parent),
        },
        patience=15.0,
    )
    with demo:
        demo.wait_ready(lambda: _READY in demo.log.read_text("utf-8"), within=_SECONDS)
        state = read_state(home)
        assert state is not None
        with Retailer(home, state) as retailer:
            yield retailer


@contextmanager
def running_gateway(home: Path, environment: Mapping[str, str]) -> Iterator[Gateway]:
    """`santong serve` with these settings, until the block ends."""
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with ExitStack() as running:
        process = running.enter_context(
            OwnedProcess(
                "gateway",
                [sys.executable, "-m", "gateway.cli", "serve"],
                log=home / "gateway.log",
                directory=ROOT,
                env={
                    **_CLEAN,
                    **environment,
                    "SANTONG_HOME": str(home),
                    "SANTONG_PORT": str(port),
                },
            )
        )
        address = f"http://127.0.0.1:{port}"
        process.wait_ready(lambda: _lives(address), within=_SECONDS)
        yield running.enter_context(Gateway(address, environment["SANTONG_SECRET_KEY"]))


def eventually(happened: Any, *, within: float) -> float:
    """Seconds until `happened()` is true; what is awaited is another process."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < within, f"not within {within} s"
        time.sleep(0.05)
    return time.monotonic() - began


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _lives(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/live", trust_env=False, timeout=1.0).is_success
    except httpx.TransportError:
        return False
