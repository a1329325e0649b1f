"""Planted defects, each of which lets something of one caller reach another.

A mutant is a function that puts one defect in force; the run must then find a crossing.
"""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.execution.documents import Documents, Prepared
from gateway.execution.plan import Plan
from gateway.federation import listings, scopes
from gateway.federation.asking import Request
from gateway.federation.estate import Connection
from gateway.federation.kept import KeptLine
from gateway.federation.loader import Loader, Loaders, _Batch
from gateway.gateway import Gateway

Mutant = Callable[[pytest.MonkeyPatch], None]
MUTANTS: dict[str, Mutant] = {}


def _mutant(name: str) -> Callable[[Mutant], Mutant]:
    def keep(made: Mutant) -> Mutant:
        MUTANTS[name] = made
        return made

    return keep


@_mutant("a plan is kept without the role")
def _plan_without_role(patch: pytest.MonkeyPatch) -> None:
    plan = Documents.plan
    first: dict[tuple[int, str | None], Any] = {}

    def kept(self: Documents, prepared: Prepared, name: str | None, caller: Any) -> Plan:
        known = first.setdefault((id(prepared), name), (prepared, caller))
        return plan(self, prepared, name, known[1])

    patch.setattr(Documents, "plan", kept)


@_mutant("a batch is shared whatever the credential")
def _batch_without_credential(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Connection, "shares", property(lambda self: self.connector is not None))


@_mutant("a request's identity map is shared")
def _shared_identity_map(patch: pytest.MonkeyPatch) -> None:
    made = Request.__init__
    lines: dict[Any, Any] = {}

    def init(self: Request, *given: Any, **more: Any) -> None:
        made(self, *given, **more)
        self._lines = lines

    patch.setattr(Request, "__init__", init)


@_mutant("the reader of the first caller serves others")
def _one_reader(patch: pytest.MonkeyPatch) -> None:
    made = Gateway.reader
    calls: list[Any] = []

    def kept(self: Gateway, caller: Any, *given: Any, **more: Any) -> Any:
        calls.append(caller)
        before = calls[len(calls) - 2] if len(calls) % 50 == 0 else caller
        return made(self, before, *given, **more)

    patch.setattr(Gateway, "reader", kept)


@_mutant("variables stay with the plan")
def _variables_stay(patch: pytest.MonkeyPatch) -> None:
    run = Plan.run

    async def kept(self: Plan, context: Any, variables: Any, *more: Any) -> Any:
        known = self.__dict__.setdefault("_first", variables)
        return await run(self, context, known, *more)

    patch.setattr(Plan, "run", kept)


@_mutant("a document is known by its length")
def _document_by_length(patch: pytest.MonkeyPatch) -> None:
    prepare = Documents.prepare
    known: dict[int, str] = {}

    def kept(self: Documents, source: str) -> Prepared:
        return prepare(self, known.setdefault(len(source) // 100, source))

    patch.setattr(Documents, "prepare", kept)


@_mutant("answers of a shared batch change places")
def _answers_change_places(patch: pytest.MonkeyPatch) -> None:
    put = Loader.put

    async def kept(self: Loader, ask: Any, keys: Any) -> None:
        lines = {line for key in keys for line in key.lines}
        if len(lines) < 2 or len(keys) < 2:
            return await put(self, ask, keys)

        async def mixed(asked: Any) -> Any:
            answers = list(await ask(asked))
            answers[0], answers[-1] = answers[-1], answers[0]
            return answers

        return await put(self, mixed, keys)

    patch.setattr(Loader, "put", kept)


@_mutant("a key is known without its filters and page")
def _name_without_page(patch: pytest.MonkeyPatch) -> None:
    of = Loaders.of
    patch.setattr(
        Loaders,
        "of",
        lambda self, name, turn: of(self, name[0] if isinstance(name, tuple) else name, turn),
    )


@_mutant("one caller's odd key fails everybody's")
def _errors_spread(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("gateway.federation.loader.apart", lambda _keys: [])


@_mutant("a caller who leaves ends the call for all")
def _cancel_spreads(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(_Batch, "left", lambda self, _key: self._task.cancel())


@_mutant("a guide sees whom somebody asked for lately")
def _lately_seen(patch: pytest.MonkeyPatch) -> None:
    may_see = scopes.may_see
    seen: set[str] = set()

    def kept(visibility: Any, member: Any) -> bool:
        if may_see(visibility, member):
            seen.add(member.one_id)
        return member.one_id in seen

    patch.setattr(scopes, "may_see", kept)


@_mutant("a cursor is anybody's")
def _cursor_of_all(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(listings, "filter_hash", lambda name, *_, **__: f"{len(name):08d}")


@_mutant("the budget of calls and rows is the process's")
def _shared_budget(patch: pytest.MonkeyPatch) -> None:
    made = Request.__init__
    left = [20_000]

    def init(self: Request, *given: Any, **more: Any) -> None:
        made(self, *given, **more)
        left[0] -= 20
        self.allowance.calls_left = min(self.allowance.calls_left, left[0])

    patch.setattr(Request, "__init__", init)


@_mutant("what is kept is known without its filters and page")
def _kept_without_filters(patch: pytest.MonkeyPatch) -> None:
    kept = KeptLine.__init__

    def init(self: KeptLine, answering: Any, fetch: Any, full: Any, **more: Any) -> None:
        names: dict[Any, Any] = {}

        def short(key: Any) -> Any:
            whole = full(key)
            part = whole[0] if isinstance(whole, tuple) else whole
            return _FIRST.setdefault(part, names.setdefault(whole, whole))

        kept(self, answering, fetch, short, **more)

    _FIRST.clear()
    patch.setattr(KeptLine, "__init__", init)


_FIRST: dict[Any, Any] = {}
