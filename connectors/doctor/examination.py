"""An examination: a few dozen calls, inside the load agreement, behind everybody else's."""

import time
from collections.abc import AsyncIterator, Callable, Sequence

from capabilities.errors import ChannelError, Denied, Garbled, Refused
from capabilities.load import Cause, because
from connectors.connector import Connector
from connectors.doctor.asking import batches, filters, paging
from connectors.doctor.hearing import Hearing
from connectors.doctor.manners import clock, latency, rates
from connectors.doctor.patient import Patient, Rows
from connectors.doctor.report import Finding, Report, Verdict
from connectors.doctor.rows import coverage, kept, sums, words

Check = Callable[[Patient, str, Rows], AsyncIterator[Finding]]


async def examine(connector: Connector, hearing: Hearing, rows: int = 50) -> Report:
    """Ask a live system and say what was found; it never raises for what the system does.

    `hearing` is the observer that the connector was opened with.
    """
    patient = Patient(connector, hearing, rows)
    began = time.perf_counter()
    with because(Cause.DOCTOR), patient.listened():
        findings = [one async for one in _findings(patient)]
    return Report(
        connector=connector.name,
        system=connector.system,
        seconds=round(time.perf_counter() - began, 1),
        calls=len(hearing.seconds),
        findings=tuple(findings),
        samples={name: tuple(found[:3]) for name, found in patient.samples.items()},
    )


async def _findings(patient: Patient) -> AsyncIterator[Finding]:
    yield _abilities(patient)
    reached = await _reached(patient)
    for one in reached:
        yield one
    if any(one.verdict is Verdict.WRONG for one in reached):
        return
    for name in patient.sections:
        async for one in _of_section(patient, name):
            yield one
    yield clock(patient)
    yield rates(patient)
    yield latency(patient)


def _abilities(patient: Patient) -> Finding:
    names = sorted(port.__name__ for port in patient.connector.abilities)
    told = f"{len(names)} questions are declared"
    return Finding(check="abilities", verdict=Verdict.GOOD, told=told, figures={"ports": names})


async def _reached(patient: Patient) -> Sequence[Finding]:
    """The first call says whether the system is there and knows us."""
    try:
        await patient.touch()
    except Denied as exc:
        there = Finding(check="reachability", verdict=Verdict.GOOD, told="the system answers")
        told = f"the system refuses the logon ({exc.code}): {exc.message}"
        return there, _failed("credentials", exc, told)
    except ChannelError as exc:
        told = f"the system gives no answer to use ({exc.code}): {exc.message}"
        return (_failed("reachability", exc, told),)
    milliseconds = round(patient.hearing.seconds[0] * 1000) if patient.hearing.seconds else 0
    told = f"the system answers, the first call in {milliseconds} ms"
    return (
        Finding(
            check="reachability", verdict=Verdict.GOOD, told=told, figures={"ms": milliseconds}
        ),
        Finding(check="credentials", verdict=Verdict.GOOD, told="the logon is accepted"),
    )


async def _of_section(patient: Patient, name: str) -> AsyncIterator[Finding]:
    """Everything about one section; a call that fails is a finding, and the rest goes on."""
    try:
        found = await patient.sample(name)
    except ChannelError as exc:
        told = f"its newest rows cannot be read ({exc.code}): {exc.message}"
        yield _failed("sample", exc, told, name)
        return
    if found is None:
        told = "no list is declared; it is asked by key only"
        yield Finding(check="sample", section=name, verdict=Verdict.NOT_ASKED, told=told)
        return
    if not found:
        told = "its list is empty, so nothing of it could be looked at"
        yield Finding(check="sample", section=name, verdict=Verdict.NOTICE, told=told)
        return
    yield kept(patient, name, found)
    if all(record is None for _, record in found):
        return
    yield coverage(patient, name, found)
    for finding in words(patient, name):
        yield finding
    if name == "orders":
        yield sums(found)
    for asked in (filters, paging, batches):
        async for finding in _asked(asked, patient, name, found):
            yield finding


async def _asked(check: Check, patient: Patient, name: str, found: Rows) -> AsyncIterator[Finding]:
    try:
        async for finding in check(patient, name, found):
            yield finding
    except ChannelError as exc:
        told = f"a call of this check failed ({exc.code}): {exc.message}"
        yield _failed(check.__name__, exc, told, name)


def _failed(check: str, exc: ChannelError, told: str, section: str | None = None) -> Finding:
    """A call that failed; an answer that is refused or cannot be read is an answer."""
    return Finding(
        check=check,
        section=section,
        verdict=Verdict.WRONG,
        told=told,
        answered=isinstance(exc, Refused | Garbled),
    )
