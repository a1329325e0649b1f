"""People at work while the members move: readers, a writer, and the old application."""

import random
import threading
from collections.abc import Callable
from itertools import count
from typing import Any, Protocol

from bench.demo_adoption.truth import Person, Truth
from bench.demo_adoption.world import CHANNEL, World

_WHO = """query ($channel: String!, $number: String!) {
  member(by: { membership: { channel: $channel, number: $number } }) { id displayName }
}"""
_CHANGE = """mutation ($input: UpdateProfileInput!) {
  updateProfile(input: $input) { __typename ... on UserError { code } }
}"""
GRAPH, WIRE = "the graph", "the shop's own wire"


class Unanswered(Exception):
    """A door said honestly that it has no answer now; the text is its word for why."""


class Application(Protocol):
    """The old application: it reads and writes customers in the words of its shop."""

    def name_of(self, number: str) -> str | None:
        """A customer's family name; None where she is unknown, Unanswered where nobody says."""

    def rename(self, number: str, name: str) -> bool:
        """Change it; whether the shop said yes."""


class Traffic:
    """Readers, a writer and the old application, each a thread, until `stop`."""

    def __init__(self, world: World, truth: Truth, application: Application, pause: float) -> None:
        self._world = world
        self._truth = truth
        self._application = application
        self._pause = pause
        self._over = threading.Event()
        self._still = threading.Event()
        self._keys = count(1)
        works = (self._read, self._read, self._write, self._apply)
        self._threads = [
            threading.Thread(target=self._on, args=(work, random.Random(seed)), daemon=True)  # noqa: S311 - a demo's dice
            for seed, work in enumerate(works)
        ]
        self._failures: list[BaseException] = []

    def start(self) -> None:
        """Everybody begins."""
        for one in self._threads:
            one.start()

    def stop(self) -> None:
        """Everybody ends; raises what any of them died of."""
        self._over.set()
        for one in self._threads:
            one.join(timeout=120)
        self.check()

    def check(self) -> None:
        """Raises what any of them died of: whoever waits for their work would wait for ever."""
        if self._failures:
            raise self._failures[0]

    def rest(self, *, writes: bool) -> None:
        """Nobody writes for a while, or everybody goes on."""
        (self._still.clear if writes else self._still.set)()

    def _on(self, work: Callable[[random.Random], None], dice: random.Random) -> None:
        try:
            while not self._over.wait(self._pause * dice.uniform(0.5, 1.5)):
                work(dice)
        except BaseException as exc:  # noqa: BLE001 - told to whoever stops it
            self._failures.append(exc)

    def _read(self, dice: random.Random) -> None:
        number = dice.choice(self._truth.numbers())
        body = self._world.ask(_WHO, channel=CHANNEL, number=number)
        if "errors" in body:
            self._truth.unanswered(GRAPH, str(body["errors"][0]["extensions"]["code"]))
            return
        member = body["data"]["member"]
        if member is None and body.get("extensions", {}).get("warnings"):
            self._truth.unanswered(GRAPH, str(body["extensions"]["warnings"][0]["code"]))
            return
        self._truth.told(number, None if member is None else member["displayName"], GRAPH)

    def _write(self, dice: random.Random) -> None:
        self._renamed(dice, GRAPH, self._by_graph)

    def _apply(self, dice: random.Random) -> None:
        """The old application looks as often as it writes."""
        number = dice.choice(self._truth.numbers())
        try:
            self._truth.told(number, self._application.name_of(number), WIRE)
        except Unanswered as exc:
            self._truth.unanswered(WIRE, str(exc))
        self._renamed(
            dice, WIRE, lambda person, name: self._application.rename(person.number, name)
        )

    def _renamed(
        self, dice: random.Random, door: str, write: Callable[[Person, str], bool]
    ) -> None:
        """One person takes her next name; one at a time writes to her."""
        if self._still.is_set():
            return
        person = self._truth.people[dice.choice(self._truth.numbers())]
        with person.lock:
            name = person.following()
            person.names.append(name)
            self._truth.wrote(person, door, acknowledged=write(person, name))

    def _by_graph(self, person: Person, name: str) -> bool:
        member = self._id(person.number)
        if member is None:
            return False
        given: dict[str, Any] = {
            "member": member,
            "familyName": name,
            "idempotencyKey": f"name-{next(self._keys)}",
        }
        done = (self._world.ask(_CHANGE, input=given).get("data") or {}).get("updateProfile")
        return done is not None and done["__typename"] == "ProfileUpdated"

    def _id(self, number: str) -> str | None:
        data = self._world.ask(_WHO, channel=CHANNEL, number=number).get("data") or {}
        member = data.get("member")
        return None if member is None else str(member["id"])
