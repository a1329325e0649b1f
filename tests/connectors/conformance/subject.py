"""What a case file says of its system; everything else of the suite is the same for all."""

import json
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from msgspec import Struct

from capabilities.errors import Garbled, TimedOut, Unavailable
from capabilities.estate import ConnectorSpec, Limits
from capabilities.member.records import IdentityKind
from connectors._kit import Wire
from connectors.connector import Connector, open_connector
from connectors.protocols.sql import SqlClient

ZONE = ZoneInfo("Asia/Shanghai")
# Lists are looked at in a window, so that small pages are few; it holds rows of one moment.
WINDOW = (datetime(2026, 10, 15, tzinfo=UTC), datetime(2026, 10, 28, tzinfo=UTC))

# What the modes of our simulators are, over HTTP.
OF_HTTP: dict[str, type[Exception]] = {
    "error500": Unavailable,
    "timeout": TimedOut,
    "html200": Garbled,
    "truncated": Garbled,
    "refuse": Unavailable,
    "garbage": Garbled,
}


class Truth(Struct, frozen=True):
    """What the generator made: order number → channel, customer, cents; members; mirrors.

    `lin` is the number of the one person who is known by every kind of identity.
    """

    orders: dict[str, tuple[str, str | None, int]]
    members: frozenset[str] = frozenset()
    mirrors: dict[str, str] = {}
    lin: str = ""


class World(Struct, frozen=True):
    """What a system may be started with; whatever is entered in `stack` ends with the session."""

    postgres: Any
    folders: Any
    stack: ExitStack

    def process(self, *words: str) -> "subprocess.Popen[str]":
        """A module as a process of its own, ended with the session."""
        command = [sys.executable, "-m", *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.stack.callback(_end, process)
        return process

    def server(self, *words: str) -> str:
        """As `process`; the address that it says it listens at."""
        process = self.process(*words)
        assert process.stdout
        for line in process.stdout:
            for word in line.split():
                if word.startswith("http://"):
                    return word
        raise AssertionError("the system did not say where it listens")


def _end(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    process.wait(10)
    if process.stdout:
        process.stdout.close()


class Subject:
    """One system under test. A case file has one class called `Case` that inherits this.

    `system` is its manifest's, `tested_against` says in a few words what `start` starts.
    `start` runs once a session and leaves on the subject what `spec` needs. `known` and `stranger`
    are a person's identities by kind, her number where a kind is missing. `no_such` are keys that
    the system could have and has not. `waivers` maps (port, check) to why it does not hold, a
    vendor's defect that nobody here can mend; one that is no longer needed fails the suite.
    `counted` names what is one call upstream. `faults` maps a mode of `fault` to the error that it
    is.
    """

    name: ClassVar[str]
    system: ClassVar[str] = ""
    tested_against: ClassVar[str] = ""
    known: ClassVar[dict[IdentityKind, str]] = {}
    stranger: ClassVar[dict[IdentityKind, str]] = {}
    no_such: ClassVar[dict[str, str]] = {}
    nobody: ClassVar[str] = "987654321"
    window: ClassVar[tuple[datetime, datetime]] = WINDOW
    everything: ClassVar[dict[str, Any]] = {}
    unknown_words: ClassVar[bool] = True
    waivers: ClassVar[dict[tuple[str, str], str]] = {}
    counted: ClassVar[tuple[tuple[type, str], ...]] = ((Wire, "get"), (SqlClient, "rows"))
    faults: ClassVar[dict[str, type[Exception]]] = {}
    secrets: ClassVar[dict[str, str]] = {}
    systems: ClassVar[Path | None] = None

    def start(self, world: World) -> None:
        """Start the system and fill it."""
        raise NotImplementedError

    def spec(self, limits: Limits) -> ConnectorSpec:
        """A connection to it, called as the case is."""
        raise NotImplementedError

    def truth(self) -> Truth:
        """What is really there."""
        raise NotImplementedError

    def fault(self, mode: str) -> None:
        """Let the system misbehave; `none` mends it."""
        raise NotImplementedError

    async def open(self, observer: Any, **limits: int) -> Connector:
        """A connector to it."""
        bounds = Limits(**{"deadline_ms": 20_000, **limits})
        return await open_connector(self.spec(bounds), observer, zone=ZONE, systems=self.systems)


def order_fault(control: str, mode: str) -> None:
    """Tell one of our own simulators how to misbehave."""
    request = urllib.request.Request(  # noqa: S310 - our own loopback
        f"{control}/__control/fault", data=json.dumps({"mode": mode}).encode(), method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
        assert answer.status == 200


def _subjects() -> dict[str, Subject]:
    found: dict[str, Subject] = {}
    for path in sorted((Path(__file__).parent / "cases").glob("*.py")):
        kind = import_module(f"tests.connectors.conformance.cases.{path.stem}").Case
        kind.name = path.stem
        found[path.stem] = kind()
    return found


SUBJECTS = _subjects()
