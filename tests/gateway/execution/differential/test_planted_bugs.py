"""Bugs planted in the compiler, one at a time: a short run finds each."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from graphql import VariableNode, is_abstract_type
from msgspec.structs import replace

from gateway.execution.plan import tree, write
from gateway.execution.plan.arguments import Arguments
from gateway.execution.plan.collect import Collector, condition_of
from gateway.execution.plan.run import Replay, Run
from gateway.execution.plan.write import Writer
from tests.gateway.execution.differential.kits import KITS
from tests.gateway.execution.differential.making import KINDS
from tests.gateway.execution.differential.running import Running

pytestmark = [
    pytest.mark.suite,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings(
        "ignore:coroutine .* was never awaited:RuntimeWarning",
        "ignore::pytest.PytestUnraisableExceptionWarning",
    ),
]

Plant = Callable[[pytest.MonkeyPatch], None]
_MOST = 1_500


def skip_ignores_its_variable(patch: pytest.MonkeyPatch) -> None:
    included = Collector._included

    def planted(self: Collector, node: Any) -> bool:
        return included(self, node) or any(
            one.name.value == "skip" and isinstance(condition_of(one), VariableNode)
            for one in node.directives or ()
        )

    patch.setattr(Collector, "_included", planted)


def fields_merge_by_their_first_place_only(patch: pytest.MonkeyPatch) -> None:
    fields = Collector.fields
    patch.setattr(
        Collector, "fields", lambda *at: {name: of[:1] for name, of in fields(*at).items()}
    )


def the_answer_is_sorted(patch: pytest.MonkeyPatch) -> None:
    fields = Collector.fields
    patch.setattr(Collector, "fields", lambda *at: dict(sorted(fields(*at).items())))


def an_interface_takes_any_type(patch: pytest.MonkeyPatch) -> None:
    def planted(self: Collector, kind: Any, condition: Any) -> bool:
        meant = condition and self._schema.get_type(condition.name.value)
        return meant in (None, kind) or is_abstract_type(meant)

    patch.setattr(Collector, "_fits", planted)


def a_null_passes_in_a_list_of_no_nulls(patch: pytest.MonkeyPatch) -> None:
    lists = Writer._list

    def planted(self: Writer, out: Any, name: str, place: str) -> str:
        return lists(self, replace(out, inner=replace(out.inner, nullable=True)), name, place)

    patch.setattr(Writer, "_list", planted)


def an_enum_is_written_by_its_name_in_python(patch: pytest.MonkeyPatch) -> None:
    names = write.enum_names

    def planted(kind: Any) -> dict[int, str] | None:
        return names(kind) and {id(one): one.name for one in write.enum_members(kind)}

    patch.setattr(write, "enum_members", _members, raising=False)
    patch.setattr(write, "enum_names", planted)


def _members(kind: Any) -> Any:
    return tuple(kind.extensions["strawberry-definition"].wrapped_cls)


def an_int_has_any_size(patch: pytest.MonkeyPatch) -> None:
    test = write.as_it_is
    patch.setattr(
        write, "as_it_is", lambda kind: "type({v}) is int" if kind.name == "Int" else test(kind)
    )


def a_record_of_another_type_passes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Writer, "_check", lambda *_: "True")


def an_error_is_swallowed(patch: pytest.MonkeyPatch) -> None:
    take = Run._take

    async def planted(self: Run, answer: Any, asked: Any, place: Any, into: Any) -> None:
        before = self.fault
        await take(self, answer, asked, place, into)
        if self.held and self.held[-1][0] == place and self.held[-1][1] is not None:
            self.fault = before

    patch.setattr(Run, "_take", planted)


def a_replay_asks_again(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Replay, "resolve", lambda _, go_on, *at, **given: go_on(*at, **given))


def arguments_of_the_first_run_stay(patch: pytest.MonkeyPatch) -> None:
    of, kept = Arguments.of, {}

    def planted(self: Arguments, *at: Any) -> Any:
        if self not in kept:
            kept[self] = of(self, *at)
        return kept[self]

    patch.setattr(Arguments, "of", planted)


def fields_of_a_mutation_run_together(patch: pytest.MonkeyPatch) -> None:
    text = Writer.write
    patch.setattr(Writer, "write", lambda self, root, **_: text(self, root, serial=False))


def a_refused_field_is_asked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(tree, "rule_of", lambda _: None)


def a_refused_field_is_null_without_a_word(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Run, "refusals", lambda _: None)


def found(name: str, kinds: Sequence[str] = KINDS) -> bool:
    return bool(Running(KITS[name](), 7, kinds=kinds).run(_MOST, most_differences=1).differences)


@pytest.mark.parametrize(
    "plant",
    [
        skip_ignores_its_variable,
        fields_merge_by_their_first_place_only,
        the_answer_is_sorted,
        an_interface_takes_any_type,
        a_null_passes_in_a_list_of_no_nulls,
        an_enum_is_written_by_its_name_in_python,
        a_record_of_another_type_passes,
        an_error_is_swallowed,
        a_replay_asks_again,
        arguments_of_the_first_run_stay,
        fields_of_a_mutation_run_together,
    ],
)
def test_a_bug_in_the_compiler_is_found(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch)
    assert found("torture")


def test_a_number_that_is_no_int_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    an_int_has_any_size(monkeypatch)
    # One of many wrong values of one of many types: aimed at, so that the run is short.
    assert found("torture", ("int",))


@pytest.mark.parametrize(
    ("name", "plant"),
    [
        ("contract", a_refused_field_is_asked),
        ("policy", a_refused_field_is_asked),
        ("policy", a_refused_field_is_null_without_a_word),
    ],
)
def test_a_field_asked_without_leave_is_found(
    name: str, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    assert found(name)
