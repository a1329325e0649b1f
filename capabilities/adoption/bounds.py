"""The values of gates: production's defaults, an owner's per pair, and a demo's durations."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import asdict

from capabilities.errors import BadInput
from capabilities.estate import Capability

_Share = Annotated[float, Meta(ge=0, le=1)]
_Some = Annotated[float, Meta(gt=0)]
_Count = Annotated[int, Meta(ge=0)]


class Bounds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the gates require; the defaults are those of production.

    Shares are 0 to 1. What is a duration may be shortened by a profile, nothing else may.
    """

    legacy_p99_ms: _Some = 800.0
    legacy_errors: _Share = 0.01
    headroom: _Share = 0.30
    feed_lag_seconds: _Some = 60.0
    comparisons: _Count = 10_000
    peaks: _Count = 1
    mismatch_rate: _Share = 0.001
    mismatch_critical: _Count = 0
    platform_p99_ms: _Some = 800.0
    platform_errors: _Share = 0.01
    write_lag_seconds: _Some = 60.0
    drift: _Count = 0
    # basis points of a canary, in this order; the last is everybody
    steps: tuple[Annotated[int, Meta(gt=0, le=10_000)], ...] = (500, 2_500, 5_000, 10_000)
    # what demotes: a share of differing pairs and of failing answers, of at least so many
    spike_rate: _Share = 0.01
    spike_pairs: _Count = 100
    burn_rate: _Share = 0.05
    burn_answers: _Count = 20
    drift_limit: _Count = 10
    # durations
    compared: timedelta = timedelta(days=7)
    step_held: timedelta = timedelta(hours=24)
    drift_free: timedelta = timedelta(days=7)
    led: timedelta = timedelta(days=30)
    unread: timedelta = timedelta(days=30)
    evidence_age: timedelta = timedelta(hours=24)
    # how often the contract is checked by the clock
    contract_every: timedelta = timedelta(hours=12)


_PRODUCTION = Bounds()
DURATIONS = frozenset(
    name for name, value in asdict(_PRODUCTION).items() if isinstance(value, timedelta)
)


class Profile(Struct, frozen=True, kw_only=True):
    """Under which durations a verdict is read; what is not named stands as in production."""

    name: str
    durations: Mapping[str, timedelta] = {}

    def shown(self, name: str, bounds: Bounds) -> tuple[timedelta, timedelta | None]:
        """A duration as an owner asks it, and what this profile makes of it where it is less."""
        full: timedelta = getattr(bounds, name)
        here = self.durations.get(name)
        return full, here if here is not None and here < full else None

    def lasts(self, name: str, bounds: Bounds) -> timedelta:
        """How long a duration is under this profile."""
        full, here = self.shown(name, bounds)
        return full if here is None else here


PRODUCTION = Profile(name="production")
DEMO = Profile(
    name="demo",
    durations={
        "compared": timedelta(seconds=20),
        "step_held": timedelta(seconds=5),
        "drift_free": timedelta(seconds=10),
        "led": timedelta(seconds=15),
        "unread": timedelta(seconds=15),
    },
)
PROFILES: Mapping[str, Profile] = {one.name: one for one in (PRODUCTION, DEMO)}


class GateTable(Struct, frozen=True, kw_only=True):
    """The values of one retailer: its defaults, and what differs for single pairs."""

    defaults: Bounds = Bounds()
    pairs: Mapping[tuple[Capability, str], Bounds] = {}

    def of(self, channel: str, capability: Capability) -> Bounds:
        """What holds for a pair."""
        return self.pairs.get((capability, channel), self.defaults)


# Production's, for everybody.
STANDARD = GateTable()


class PairGates(Struct, frozen=True, forbid_unknown_fields=True):
    """What an owner wrote of one pair."""

    channel: str
    capability: Capability
    gates: dict[str, object]


class GatesFile(Struct, frozen=True, forbid_unknown_fields=True):
    """The values as an owner wrote them; durations are seconds."""

    defaults: dict[str, object] = {}
    pairs: tuple[PairGates, ...] = ()

    def check(self) -> GateTable:
        """The values in force; ValueError says which no gate takes.

        Fewer comparisons than production's, or more critical differences, are refused: those two
        stand for everybody.
        """
        defaults = _changed(_PRODUCTION, self.defaults)
        pairs = {(p.capability, p.channel): _changed(defaults, p.gates) for p in self.pairs}
        return GateTable(defaults=defaults, pairs=pairs)


def bounds_from(written: object) -> GateTable:
    """The values of a file; BadInput says what is wrong with which."""
    try:
        return msgspec.convert(written, GatesFile).check()
    except ValueError as exc:  # msgspec's own is one
        raise BadInput(f"gates of adoption: {exc}", code="ADOPTION_GATES_INVALID") from exc


def _changed(base: Bounds, given: Mapping[str, object]) -> Bounds:
    read = msgspec.convert({**_plain(base), **given}, Bounds, strict=False)
    if read.comparisons < _PRODUCTION.comparisons:
        raise ValueError(f"comparisons are at least {_PRODUCTION.comparisons:,}")
    if read.mismatch_critical > _PRODUCTION.mismatch_critical:
        raise ValueError("mismatch_critical is 0")
    if not read.steps or list(read.steps) != sorted(set(read.steps)):
        raise ValueError("steps rise")
    return read


def _plain(bounds: Bounds) -> dict[str, object]:
    """As a file says it."""
    return {
        name: value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in asdict(bounds).items()
    }
