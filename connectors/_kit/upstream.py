"""What every call to one system passes through, whatever protocol it speaks."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from capabilities.allowance import Allowance
from capabilities.errors import (
    ChannelError,
    CircuitOpen,
    Limited,
    Overloaded,
    TimedOut,
    Unavailable,
)
from capabilities.estate import Limits
from capabilities.load import FOREGROUND, Cause, LoadAgreement, cause
from capabilities.shared import ALONE, Shared
from connectors._kit.addresses import ANYWHERE, AddressRules, Endpoint
from connectors._kit.breaker import Breaker, Outcome
from connectors._kit.deadline import Within, within
from connectors._kit.gate import Gate
from connectors._kit.logon import LogonLatch
from connectors._kit.retries import RetryBudget

T = TypeVar("T")
Verdict = Callable[[Any], Unavailable | None]

# A call that cannot be answered in time any more is not made.
_LEAST_SECONDS = 0.002
# A system that had so much of the deadline and gave no answer has failed.
_ENOUGH = 0.75


def _good(_: object) -> None:
    return None


class Upstream:
    """One connector's way to its system: deadline, places, circuit, logon and retries.

    Made when the connector is opened; all its clients share it.
    """

    def __init__(
        self,
        source: str,
        limits: Limits | None = None,
        shared: Shared = ALONE,
        agreement: LoadAgreement | None = None,
        addresses: AddressRules = ANYWHERE,
    ) -> None:
        self.source = source
        self.limits = limits or Limits()
        seconds = self.limits.deadline_ms / 1000
        self.allowance = _allowance(source, seconds, shared, agreement)
        self.gate = Gate(source, self.limits.max_concurrent, self.allowance, seconds)
        self.latch = LogonLatch(source, shared.logons)
        self.breaker = Breaker(source)
        self.retries = RetryBudget()
        self.calls = dict.fromkeys(Cause, 0)
        self.addresses = addresses
        self.endpoints: list[Endpoint] = []
        # Hears the seconds and the answer of every call, while somebody listens.
        self.listener: Callable[[float, Any], None] | None = None
        if shared.loads is not None:
            shared.loads.meter(self)

    def endpoint(self, host: str, port: int, *, usual: int) -> Endpoint:
        """A place that its clients connect to; BadInput ADDRESS_REFUSED where they may not."""
        endpoint = self.addresses.endpoint(self.source, host, port, usual=usual)
        self.endpoints.append(endpoint)
        return endpoint

    async def call(
        self,
        send: Callable[[], Awaitable[T]],
        *,
        seconds: float | None = None,
        again: bool = False,
        logs_on: bool = False,
        verdict: Verdict = _good,
    ) -> T:
        """What `send` gives, within the deadline of the limits, which `seconds` lowers.

        `again` says that the call may be made twice: it only reads. `logs_on` says that it shows
        a credential. `verdict` is the fault that an answer is, if it is one; such an answer is
        given all the same when it is not asked for again. ChannelError where there is none.
        """
        whole = self.limits.deadline_ms / 1000
        budget = whole if seconds is None else min(seconds, whole)
        call = _Call(send, verdict, cause(), logs_on=logs_on)
        async with within(budget, self.source) as clock:
            while True:
                try:
                    answer, fault = await self._placed(call, clock)
                except Unavailable as exc:
                    pause = self._pause(exc, call, clock) if again else None
                    if pause is None:
                        raise
                else:
                    pause = None if fault is None or not again else self._pause(fault, call, clock)
                    if pause is None:
                        return answer
                await asyncio.sleep(pause)
                call.retries += 1

    def _pause(self, fault: Unavailable, call: "_Call[Any]", clock: Within) -> float | None:
        """Seconds until a call is made again; None where the system was not even asked."""
        if isinstance(fault, Limited | CircuitOpen):
            return None
        return self.retries.pause(fault, call.retries, clock.left)

    async def _placed(self, call: "_Call[T]", clock: Within) -> tuple[T, Unavailable | None]:
        """The call at its place, if the circuit and the logon let it through."""
        probe, sent, over = self.breaker.admit(), False, False
        try:
            await self.gate.enter(background=call.background)
            try:
                if clock.left < _LEAST_SECONDS:
                    raise TimedOut("no place within the deadline", source=self.source)
                probe = probe or self.breaker.admit()  # it may have opened meanwhile
                if not call.logs_on or self.latch.proven:
                    sent = True
                    answered = await self._sent(call, clock, probe=probe)
                else:
                    async with self.latch.passing():
                        sent = True
                        answered = await self._sent(call, clock, probe=probe)
                over = True
            except ChannelError as exc:
                over = not isinstance(exc, TimedOut)
                raise
            else:
                return answered
            finally:
                self.gate.leave(background=call.background, answered=over or not sent)
        finally:
            if probe and not sent:
                self.breaker.note(Outcome.UNKNOWN, probe=True)

    async def _sent(
        self, call: "_Call[T]", clock: Within, *, probe: bool
    ) -> tuple[T, Unavailable | None]:
        """The call itself, and what it says of the system."""
        self.calls[call.metered] += 1
        if not call.retries:
            self.retries.earn()
        outcome, began = Outcome.UNKNOWN, time.perf_counter()
        try:
            answer = await call.send()
            if self.listener is not None:
                self.listener(time.perf_counter() - began, answer)
            fault = call.verdict(answer)
            outcome = Outcome.ANSWERED if fault is None else Outcome.FAILED
            if isinstance(fault, Overloaded) and fault.retry_after_seconds:
                self.breaker.pause(fault.retry_after_seconds)
        except Unavailable:
            outcome = Outcome.FAILED
            raise
        except ChannelError:
            outcome = Outcome.ANSWERED
            raise
        except asyncio.CancelledError:
            if clock.left < _LEAST_SECONDS:  # its deadline ends it, and no caller who went away
                had = time.perf_counter() - began
                whole = self.limits.deadline_ms / 1000
                outcome = Outcome.FAILED if had >= whole * _ENOUGH else Outcome.CUT
            raise
        finally:
            self.breaker.note(outcome, probe=probe)
        return answer, fault


def _allowance(
    source: str, seconds: float, shared: Shared, agreement: LoadAgreement | None
) -> Allowance | None:
    """The share of an agreement; all of it for who is alone. None where nothing was agreed."""
    if agreement is None:
        return None
    if shared.loads is not None:
        return shared.loads.allowance(source, agreement, seconds)
    return Allowance(agreement.at(datetime.now(UTC)))


class _Call(Generic[T]):
    """One call with all its retries."""

    __slots__ = ("_cause", "background", "logs_on", "retries", "send", "verdict")

    def __init__(
        self, send: Callable[[], Awaitable[T]], verdict: Verdict, of: Cause, *, logs_on: bool
    ) -> None:
        self.send = send
        self.verdict = verdict
        self.logs_on = logs_on
        self.background = of not in FOREGROUND
        self.retries = 0
        self._cause = of

    @property
    def metered(self) -> Cause:
        """What it is counted as."""
        return Cause.RETRY if self.retries else self._cause
