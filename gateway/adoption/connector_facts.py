"""What a process knows of a connector that answers for a pair: its evidence, without a question."""

import time
from collections.abc import Callable
from datetime import datetime

from capabilities.adoption.evidence import Basis, Evidence, Fact
from capabilities.estate import BreakerState, Capability, ConnectorHealth
from capabilities.native import CLASSES
from connectors.basis import basis_of
from gateway.federation.call import RECENT_SECONDS
from gateway.federation.estate import Connection

_AUTHOR = "system:gateway"


class ConnectorFacts:
    """Facts of connectors; how much of an agreement is used is counted from look to look."""

    def __init__(self, processes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._processes = processes
        self._clock = clock
        self._counted: dict[str, tuple[float, int]] = {}
        self._used: dict[str, float] = {}
        self._bases: dict[tuple[str, Capability], Basis] = {}

    def of(self, one: Connection, capability: Capability, at: datetime) -> list[Evidence]:
        """What is known of a connector now; what was never tried is left out."""
        basis = self._basis(one, capability)
        if basis is None:
            return []

        def fact(of: Fact, value: float, query: str, sample: int = 0) -> Evidence:
            return Evidence(
                fact=of,
                value=float(value),
                at=at,
                sample=sample,
                query=query,
                basis=basis,
                author=_AUTHOR,
            )

        found = [
            fact(Fact.CONFIG_VALID, one.connector is not None, "the connector opens"),
            fact(Fact.LOAD_AGREED, one.spec.load is not None, "its definition has an agreement"),
            fact(Fact.BREAKER_OPEN, _is_open(one), "its circuit is open"),
        ]
        health = one.health
        if health is not ConnectorHealth.UNTRIED:
            found.append(fact(Fact.HEALTHY, health is ConnectorHealth.UP, "its last call answered"))
        if one.connector is not None:
            classed = all(
                field.visibility in CLASSES
                for kind in one.connector.native_types
                for field in kind.fields
            )
            found.append(fact(Fact.PII_CLASSED, classed, "native fields have a class"))
        recent, burst = one.figures.recent(), one.figures.within(RECENT_SECONDS)
        if recent.p99 is not None and recent.error_rate is not None:
            query = f"its calls in {RECENT_SECONDS:.0f} s, at most the last 500"
            found.append(fact(Fact.LEGACY_P99, recent.p99, query, burst.calls))
            found.append(fact(Fact.LEGACY_ERRORS, recent.error_rate, query, burst.calls))
        used = self._used.get(one.name)
        if used is not None:
            query = "its calls a second here, times processes, of the agreement"
            found.append(fact(Fact.HEADROOM, max(0.0, 1.0 - used), query))
        return found

    def _basis(self, one: Connection, capability: Capability) -> Basis | None:
        """The definitions in force; of a connector that does not open those that it had last.

        It is away, and nothing says that what was compared would be another thing.
        """
        key = (one.name, capability)
        if one.connector is not None:
            self._bases[key] = basis_of(one.connector, capability)
        return self._bases.get(key)

    def count(self, one: Connection, at: datetime) -> None:
        """Count what was asked of a connector since the look before."""
        upstream, agreement = one.upstream, one.spec.load
        if upstream is None or agreement is None:
            self._used.pop(one.name, None)
            return
        agreed, now = agreement.at(at), self._clock()
        calls = sum(upstream.calls.values())
        before = self._counted.get(one.name)
        self._counted[one.name] = now, calls
        if agreed.per_second and before is not None and now > before[0] and calls >= before[1]:
            rate = (calls - before[1]) / (now - before[0])
            self._used[one.name] = rate * self._processes / agreed.per_second
        elif agreed.at_once and not agreed.per_second:
            self._used[one.name] = upstream.gate.inside * self._processes / agreed.at_once


def _is_open(one: Connection) -> bool:
    return one.upstream is not None and one.upstream.breaker.state is BreakerState.OPEN
