"""Adoption as a person reads it, or as JSON for a program."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import typer
from msgspec.structs import asdict
from rich.table import Table
from rich.text import Text

from capabilities.adoption.bounds import Profile
from capabilities.adoption.cohort import ALL
from capabilities.adoption.contract_check import ContractCheck, contract_check
from capabilities.adoption.evidence import Evidence
from capabilities.adoption.history import AdoptionDeclined, AdoptionStep
from capabilities.adoption.rules import Case
from capabilities.adoption.shown import Adoption, shown
from capabilities.adoption.standing import Standing
from capabilities.adoption.states import Side
from capabilities.adoption.verdict import Gate
from capabilities.errors import SantongError
from gateway.cli.adoption_desk import AdoptionDesk
from gateway.cli.console import console, show_error
from store.adoption.steering import AdoptionOutcome

_GOOD, _BAD = "[green]✓[/]", "[red]✗[/]"


def show_all(pairs: Sequence[Adoption], *, as_json: bool) -> None:
    """Every pair as a line."""
    if as_json:
        _print_json([_plain(one) for one in pairs])
        return
    words = ("channel", "capability", "state", "reads", "writes", "since", "next", "by")
    table = Table(*words)
    for one in pairs:
        table.add_row(
            *map(Text, (one.channel_code, one.capability.value, one.state.value)),
            *(_side(one.reads, one.read_points), _side(one.writes, one.write_points)),
            moment(one.changed_at),
            _next(one),
            Text(one.author or ""),
        )
    console.print(table)


def show_one(case: Case, steps: Sequence[AdoptionStep], *, as_json: bool) -> None:
    """One pair with all that is known of it."""
    pair, known = shown(case), case.known
    check = contract_check(case.standing, known, case.bounds, case.now)
    if as_json:
        evidence = [_told(known[fact]) for fact in sorted(known, key=lambda fact: fact.value)]
        more = {"evidence": evidence, "history": [_step(one) for one in steps]}
        _print_json({**_plain(pair), "contract": asdict(check), **more})
        return
    console.print(_headline(pair))
    console.print(_checked(check, case.now))
    if pair.next is not None:
        console.print(gates_table(pair.gates, f"to {pair.next.target.value}, {pair.next.profile}"))
    measured = Table("measured", "value", "of", "at", "what was counted", title="evidence")
    for fact in sorted(known, key=lambda fact: fact.value):
        one = known[fact]
        told = (fact.value, f"{one.value:,.4g}", f"{one.sample:,}", moment(one.at), one.query)
        measured.add_row(*map(Text, told))
    console.print(measured)
    console.print(_history(steps))


async def show_outcome(
    desk: AdoptionDesk, found: AdoptionOutcome, profile: Profile, *, as_json: bool
) -> bool:
    """What became of a step; False where it was not taken."""
    if isinstance(found, Standing):
        pair = shown(await desk.steering.case(found, profile))
        if as_json:
            _print_json({"moved": True, **_plain(pair)})
        else:
            console.print(_headline(pair))
        return True
    gates = found.gates if isinstance(found, AdoptionDeclined) else ()
    detail = found.detail if isinstance(found, AdoptionDeclined) else ""
    if as_json:
        plain = [_gate(one) for one in gates]
        _print_json({"moved": False, "code": found.code, "detail": detail, "gates": plain})
        return False
    show_error(SantongError(detail, code=found.code))
    if gates:
        console.print(gates_table(gates, "not met"))
    return False


def gates_table(gates: Sequence[Gate], title: str) -> Table:
    """Conditions with what is required and what was observed."""
    table = Table("", "gate", "required", "observed", "measured", title=title)
    for one in gates:
        words = (one.name, one.required, one.observed, moment(one.measured_at))
        table.add_row(_GOOD if one.ok else _BAD, *map(Text, words))
    return table


def moment(at: datetime | None) -> str:
    """A moment to the second, in UTC."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def _checked(check: ContractCheck, now: datetime) -> Text:
    """When its contract was checked, and when it will be."""
    last = "never checked"
    if check.at is not None:
        last = f"{'kept' if check.passed else 'NOT KEPT'}, checked {moment(check.at)}"
    following = "not by the clock"
    if check.next_at is not None:
        following = "now" if check.next_at <= now else moment(check.next_at)
    return Text(f"contract: {last}; next check: {following}")


def _headline(pair: Adoption) -> Text:
    way = f"{pair.channel_code}/{pair.capability.value}: {pair.state.value}"
    reads, writes = _side(pair.reads, pair.read_points), _side(pair.writes, pair.write_points)
    way += ", reads stay where they were" if pair.frozen else ""
    return Text(f"{way} (reads {reads}, writes {writes}; step {pair.version})")


def _history(steps: Sequence[AdoptionStep]) -> Table:
    table = Table("step", "when", "what", "from", "to", "share", "by", "profile", "reason")
    for one in steps:
        share = f"{one.read_points / 100:g} % / {one.write_points / 100:g} %"
        states = (one.action.value, one.from_state.value, one.state.value, share)
        told = (str(one.version), moment(one.at), *states, one.author, one.profile or "")
        table.add_row(*map(Text, (*told, one.reason)))
    return table


def _side(side: Side | None, points: int) -> str:
    return f"platform {points / ALL:.4%}" if side is None else side.value.lower()


def _next(pair: Adoption) -> Text:
    if pair.next is None:
        return Text("–")
    short = len(pair.next.failing)
    word = "ready" if short == 0 else f"{short} of {len(pair.gates)} not met"
    return Text(f"{pair.next.target.value}: {word}", style="green" if short == 0 else "")


def _plain(pair: Adoption) -> dict[str, Any]:
    found = None
    if pair.next is not None:
        found = {
            "target": pair.next.target,
            "profile": pair.next.profile,
            "ok": pair.next.ok,
            "gates": [_gate(one) for one in pair.gates],
        }
    return {
        **asdict(pair.standing),
        "reads": pair.reads,
        "writes": pair.writes,
        "automatic": pair.automatic,
        "owner": pair.owner,
        "next": found,
    }


def _gate(gate: Gate) -> dict[str, Any]:
    return asdict(gate)


def _told(one: Evidence) -> dict[str, Any]:
    return {**asdict(one), "basis": asdict(one.basis)}


def _step(one: AdoptionStep) -> dict[str, Any]:
    return {**asdict(one), "automatic": one.automatic}


def _print_json(value: object) -> None:
    typer.echo(msgspec.json.format(msgspec.json.encode(value)).decode())
