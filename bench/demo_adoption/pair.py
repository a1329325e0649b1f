"""The pair that is moved, as whoever decides sees it: through the graph, waiting for evidence."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

from bench.demo_adoption.world import CHANNEL, World
from capabilities.adoption.states import AdoptionState
from capabilities.caller import Role

CAPABILITY = "MEMBER"
PROFILE = "demo"
_GATES = "gates { name required observed ok shortened }"
_STANDS = f"""query ($channel: String!, $capability: Capability!, $profile: String!) {{
  adoption(channel: $channel, capability: $capability, profile: $profile) {{
    state readPoints writePoints version
    next {{ target profile ok {_GATES} }}
    history {{ state reason automatic }}
  }}
}}"""
_DIFFERENCES = """query ($channel: String!, $capability: Capability!) {
  adoption(channel: $channel, capability: $capability) {
    comparison { samples { at field class version key legacy platform } }
  }
}"""
_PAUSE_SECONDS = 0.5
_MOST_SHOWN = 20
Gate = Mapping[str, Any]


class Declined(Exception):
    """A step was refused; `gates` are those that fail."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(f"{told['code']}: {told['message']}")
        self.code = str(told["code"])
        self.gates: Sequence[Gate] = [one for one in told.get("gates") or () if not one["ok"]]


class Pair:
    """The shop's members."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._keys = count(1)

    def stands(self, profile: str = PROFILE) -> dict[str, Any]:
        """How it stands, with what its next step needs under a profile."""
        named = {"channel": CHANNEL, "capability": CAPABILITY, "profile": profile}
        body = self._world.ask(_STANDS, **named)
        if "errors" in body:
            raise RuntimeError(str(body["errors"]))
        found: dict[str, Any] = body["data"]["adoption"]
        return found

    def promote(self, target: AdoptionState, reason: str, profile: str = PROFILE) -> None:
        """One step up; Declined with the gates that fail."""
        self._move("promoteAdoption", reason, target=target.value, profile=profile)

    def share(self, side: str, points: int, reason: str) -> None:
        """Another share of reads or of writes for the platform."""
        self._move("setAdoptionPercent", reason, side=side, points=points, profile=PROFILE)

    def sign(self, signature: str, reason: str) -> None:
        """Vouch for what nobody measures."""
        self._move("signAdoption", reason, signature=signature)

    def chooses(self, policy: str, reason: str) -> None:
        """What happens where both sides changed the same."""
        self._move("routeAdoption", reason, conflictPolicy=policy)

    def roll_back(self, target: AdoptionState, reason: str) -> None:
        """Down; what waits for the system is delivered before the leader changes."""
        while True:
            try:
                self._move("rollbackAdoption", reason, target=target.value)
            except Declined as exc:
                if exc.code != "ADOPTION_UNDRAINED":
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                return

    def failing(self, profile: str = PROFILE) -> list[Gate]:
        """The gates of the next step that fail now."""
        verdict = self.stands(profile)["next"]
        return [one for one in verdict["gates"] if not one["ok"]]

    def ready(self, within: float, meanwhile: Callable[[Sequence[Gate]], None]) -> None:
        """Until every gate of the next step is met.

        TimeoutError where nothing that is observed has changed for so long, and where a critical
        field differs, which no waiting mends; it says which gates fail, and what differed.
        """
        seen, ends = "", 0.0
        while failing := self.failing():
            told = ", ".join(f"{one['name']} {one['observed']}" for one in failing)
            if told != seen:
                seen, ends = told, time.monotonic() + within
            if time.monotonic() > ends or _is_hopeless(failing):
                raise TimeoutError("\n".join([f"still fails: {told}", *self._differences()]))
            meanwhile(failing)
            time.sleep(_PAUSE_SECONDS)

    def _differences(self) -> list[str]:
        """Samples of what differed, the newest first: masked, as the report shows them."""
        named = {"channel": CHANNEL, "capability": CAPABILITY}
        found = self._world.ask(_DIFFERENCES, **named)["data"]["adoption"]["comparison"]
        shown = [] if found is None else found["samples"][:_MOST_SHOWN]
        return [" ".join(str(one[name]) for name in one) for one in shown]

    def until(self, happened: Callable[[Mapping[str, Any]], bool], within: float) -> dict[str, Any]:
        """How it stands once something has happened."""
        ends = time.monotonic() + within
        while not happened(stands := self.stands()):
            if time.monotonic() > ends:
                raise TimeoutError(f"it still stands at {stands['state']}")
            time.sleep(_PAUSE_SECONDS)
        return stands

    def _move(self, name: str, reason: str, **given: Any) -> None:
        kind = f"{name[0].upper()}{name[1:]}Input"
        mutation = f"""mutation ($input: {kind}!) {{ done: {name}(input: $input) {{
          __typename ... on UserError {{ code message }} ... on AdoptionRefused {{ {_GATES} }}
        }} }}"""
        told = {
            "channel": CHANNEL,
            "capability": CAPABILITY,
            "reason": reason,
            "idempotencyKey": f"move-{next(self._keys)}",
            **given,
        }
        body = self._world.ask(mutation, Role.ADMIN, input=told)
        if "errors" in body:
            raise RuntimeError(str(body["errors"]))
        if "code" in body["data"]["done"]:
            raise Declined(body["data"]["done"])


def _is_hopeless(failing: Sequence[Gate]) -> bool:
    return any(one["name"] == "mismatch-critical" and number(one["observed"]) for one in failing)


def number(observed: str) -> int:
    """A count as a gate shows it; 0 where it does not count."""
    digits = observed.replace(",", "")
    return int(digits) if digits.isdecimal() else 0
