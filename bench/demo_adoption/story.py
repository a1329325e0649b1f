"""The story: a shop's members, from live reads of the shop to the platform and back, under load."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from bench.demo_adoption.application import OldApplication
from bench.demo_adoption.pair import Declined, Gate, Pair, number
from bench.demo_adoption.shop_mapping import MENDED
from bench.demo_adoption.timeline import Timeline
from bench.demo_adoption.traffic import GRAPH, WIRE, Traffic
from bench.demo_adoption.truth import Truth
from bench.demo_adoption.world import CHANNEL, CONNECTOR, STEPS, World
from capabilities.adoption.states import AdoptionState

_S = AdoptionState
# No rule of the story: so long may a slow machine take for what takes a moment.
_PATIENCE = 180.0
_PAUSE_SECONDS = 0.5
# Production asks for 10,000 pairs, and a few of those that are drawn are counted as none.
_COMPARED, _FEW = 10_300, 300
# What commands say where they must wait.
_FILLING, _BUSY = "the copy is being filled", "another run reads"
_RECONCILED_SECONDS = 5.0
_PAIR = (CHANNEL, "member")


@dataclass(slots=True)
class Told:
    """What the story came to; `truth.wrong` and `lost` are empty where it went well.

    `found` are the gates at which the defect was stopped, `refused` those of production's
    durations, by the state that was asked for.
    """

    truth: Truth
    lost: list[str] = field(default_factory=list)
    found: list[Gate] = field(default_factory=list)
    refused: dict[AdoptionState, list[Gate]] = field(default_factory=dict)
    demoted: str = ""


class Story:
    """One telling; its chapters stand in the order of `tell`."""

    def __init__(
        self,
        world: World,
        application: OldApplication,
        traffic: Traffic,
        told: Told,
        timeline: Timeline,
    ) -> None:
        self._world = world
        self._application = application
        self._traffic = traffic
        self._told = told
        self._timeline = timeline
        self._pair = Pair(world)
        self._reconciled = -_RECONCILED_SECONDS

    def tell(self) -> Told:
        """From FEDERATED_READ to MIDDLE_OWNED, with everything that goes wrong on the way."""
        self._traffic.start()
        try:
            self._compared()
            self._shared_out()
            self._written_by_both()
            self._owned()
        finally:
            self._traffic.stop()
        return self._told

    def _compared(self) -> None:
        """A defect of the mapping is found by the shadow, stops the promotion, and is mended."""
        self._note("said", "people read and write; the shop answers everybody")
        for _ in range(2):  # how late changes come is known from the second pass on
            self._sync()
        self._up(_S.SHADOW_READ, "the copy is complete")
        self._sample(_FEW)
        self._told.found = self._stopped(_S.CANARY_READ, "found", "the shadow found a defect")
        self._world.maps_by(MENDED)
        self._expired()
        self._sync()
        self._note("said", "the copy is made anew by the mended mapping")
        self._sample(_COMPARED)
        self._production(_S.CANARY_READ)
        self._up(_S.CANARY_READ, "10,000 pairs, and none differs")

    def _expired(self) -> None:
        """What was compared under another mapping counts no more."""
        (before,) = [one["observed"] for one in self._told.found if one["name"] == "comparisons"]

        def counts_no_more(stands: Mapping[str, Any]) -> bool:
            gates = {one["name"]: one["observed"] for one in stands["next"]["gates"]}
            return bool(number(gates["comparisons"]) < number(before))

        self._pair.until(counts_no_more, _PATIENCE)
        self._note("said", "under another mapping, what was compared before counts no more")

    def _shared_out(self) -> None:
        """Errors at a quarter of the people send everybody back; then all of them move."""
        for points in STEPS[:2]:
            self._share("READ", points)
        with self._failing():
            stands = self._pair.until(lambda one: one["state"] == "SHADOW_READ", _PATIENCE)
        (step, *_) = stands["history"]
        self._told.demoted = str(step["reason"]) if step["automatic"] else ""
        self._note("down", f"by itself: {step['reason']}")
        self._up(_S.CANARY_READ, "the lock is gone")
        for points in STEPS:
            self._share("READ", points)
        self._production(_S.MIDDLE_READ)
        self._up(_S.MIDDLE_READ, "everybody, and no error")
        self._settled("while the platform answers")

    def _written_by_both(self) -> None:
        """The shop leads, the platform leads, the shop leads again, and the platform."""
        self._reconcile()
        self._up(_S.DUAL_WRITE_LEGACY_LEAD, "nothing drifts")
        self._settled("while the shop leads")
        self._pair.chooses("LEADER_WINS", "ticket 4710")
        self._led_by_the_platform("the runbook was rehearsed")
        self._settled("while the platform leads")
        self._pair.roll_back(_S.DUAL_WRITE_LEGACY_LEAD, "the shop's owner wants another look")
        self._note("down", "the shop's owner wants another look")
        self._settled("while the shop leads again")
        self._led_by_the_platform("she has looked")

    def _led_by_the_platform(self, reason: str) -> None:
        # A signature counts for the stay in which it was given.
        self._pair.sign("RUNBOOK_REHEARSED", "ticket 4711")
        self._up(_S.DUAL_WRITE_MIDDLE_LEAD, reason)
        for points in STEPS:
            self._share("WRITE", points)

    def _owned(self) -> None:
        self._pair.sign("BUSINESS_SIGNED", "ticket 4712")
        self._production(_S.MIDDLE_OWNED)
        self._up(_S.MIDDLE_OWNED, "signed")
        self._settled("while the platform owns them")

    def _up(self, target: AdoptionState, reason: str) -> None:
        """One step up, as soon as the demo's gates are met."""
        self._pair.ready(_PATIENCE, self._measured)
        self._pair.promote(target, reason)
        self._note("up", reason)

    def _stopped(
        self, target: AdoptionState, kind: str, told: str, profile: str = "demo"
    ) -> list[Gate]:
        """A promotion that must be refused; the gates that refused it."""
        try:
            self._pair.promote(target, told, profile)
        except Declined as exc:
            names = ", ".join(f"{one['name']} {one['observed']}" for one in exc.gates)
            self._note(kind, f"{told}: {names}")
            return list(exc.gates)
        raise RuntimeError(f"{target.value} was not refused")

    def _production(self, target: AdoptionState) -> None:
        """The same evidence under production's durations is refused, with those gates."""
        self._pair.ready(_PATIENCE, self._measured)
        told = f"{target.value} as in production"
        self._told.refused[target] = self._stopped(target, "refused", told, "production")

    def _share(self, side: str, points: int) -> None:
        """Another share, as soon as its gates let it."""
        reason = f"{points / 100:g} % of {side.lower()}s"
        ends = time.monotonic() + _PATIENCE
        while True:
            try:
                self._pair.share(side, points, reason)
            except Declined as exc:
                if time.monotonic() > ends:
                    raise
                self._measured(exc.gates)
                time.sleep(_PAUSE_SECONDS)
            else:
                self._note("up", f"the platform takes {reason}")
                return

    def _measured(self, gates: Iterable[Gate]) -> None:
        """What a person does about gates that waiting alone does not meet."""
        names = {str(one["name"]) for one in gates}
        # What was counted before this state began is counted anew by itself, every few seconds.
        compared = [number(one["observed"]) for one in gates if one["name"] == "comparisons"]
        if any(compared):
            self._sample(max(_FEW, _COMPARED - compared[0]))
        if names & {"drift", "drift-free-for", "write-lag", "writes-idempotent", "replay-accepted"}:
            self._reconcile()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        """Somebody locks the table of the platform's copy: what it should answer fails."""
        url = self._world.environment["SANTONG_DATABASE_URL"]
        with psycopg.connect(url) as beside:
            beside.execute("LOCK TABLE membership_records IN ACCESS EXCLUSIVE MODE")
            self._note("said", "somebody locks the platform's table: a burst of errors")
            yield

    def _settled(self, when: str) -> None:
        """Both doors write; then nobody does until every side has every name: that is the truth."""
        before = self._written()
        while any(now == then for now, then in zip(self._written(), before, strict=True)):
            self._traffic.check()
            time.sleep(_PAUSE_SECONDS)
        self._traffic.rest(writes=False)
        ends = time.monotonic() + _PATIENCE
        while (lost := self._lost()) and time.monotonic() < ends:
            time.sleep(_PAUSE_SECONDS)
        self._told.lost += [f"{when}: {one}" for one in lost]
        self._told.truth.agreed()
        self._traffic.rest(writes=True)
        self._note("said", f"{when}: {sum(self._written())} writes, {len(lost)} of them lost")

    def _written(self) -> list[int]:
        """How many writes each door has said yes to."""
        return [self._told.truth.writes[door] for door in (GRAPH, WIRE)]

    def _lost(self) -> list[str]:
        truth = self._told.truth
        return [
            *truth.settle(self._world.names_in_the_shop(), "the shop"),
            *truth.settle(self._application.names(), WIRE),
            *truth.settle_masked(self._world.names_in_the_graph(), GRAPH),
        ]

    def _sample(self, keys: int) -> None:
        """Compares pairs drawn at random, once the copy stands."""
        self._run("adoption", "sample", *_PAIR, "--keys", str(keys), unless=_FILLING)

    def _sync(self) -> None:
        """A whole pass, behind the one that may be under way already."""
        self._run("sync", "members", "--connector", CONNECTOR, "--whole", unless=_BUSY)

    def _reconcile(self) -> None:
        """Measures what drifts, and no more often than gates that want time can need it."""
        if time.monotonic() - self._reconciled > _RECONCILED_SECONDS:
            self._run("adoption", "reconcile", CHANNEL)
            self._reconciled = time.monotonic()

    def _run(self, *words: str, unless: str = "") -> None:
        """A command, again and again where it says no more than that it must wait."""
        ends = time.monotonic() + _PATIENCE
        while (done := self._world.santong(*words)).returncode:
            said = done.stderr + done.stdout
            if not unless or unless not in said or time.monotonic() > ends:
                raise RuntimeError(f"santong {' '.join(words)}: {said}")
            time.sleep(_PAUSE_SECONDS)

    def _note(self, kind: str, told: str) -> None:
        stands = self._pair.stands()
        state = AdoptionState(stands["state"])
        self._timeline.add(kind, told, state, stands["readPoints"], stands["writePoints"])
