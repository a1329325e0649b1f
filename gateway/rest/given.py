"""What an operation answered, as a resource gives it: a body, a problem, or nothing there."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from gateway.rest.problem import Problem, declined, problem_of_answer
from gateway.rest.resource import Resource

_MOST_TOLD = 20


class Given(Struct, frozen=True, kw_only=True):
    """A body, or why there is none; both None where nothing stands there.

    `data` is the whole answer, `missing` names the sources that it lacks. `sources` and `errors`
    tell what a whole answer would not lack, as structured fields of HTTP.
    """

    value: Any = None
    problem: Problem | None = None
    data: Mapping[str, Any] = {}
    missing: frozenset[str] = frozenset()
    sources: str = ""
    errors: str = ""

    @property
    def partial(self) -> bool:
        """Whether something is missing that another time may be there."""
        return bool(self.sources or self.errors)


def given(resource: Resource, body: Mapping[str, Any]) -> Given:
    """The part of an executed operation's answer that the resource publishes."""
    data, errors = body.get("data") or {}, body.get("errors") or ()
    value = at(data, resource.way) if data else None
    if value is None and errors:
        return Given(problem=problem_of_answer(_nearest(errors, resource.way)))
    if isinstance(value, Mapping) and value.get("__typename") in resource.refusals:
        return Given(problem=declined(value))
    warnings = (body.get("extensions") or {}).get("warnings") or ()
    return Given(
        value=value,
        data=data,
        missing=frozenset(one["source"] for one in warnings),
        sources=_sources(warnings),
        errors=_errors(errors),
    )


def at(data: Any, way: tuple[str, ...]) -> Any:
    """What stands at the end of a way; None where the way ends before."""
    for step in way:
        if data is None:
            return None
        data = data.get(step)
    return data


def _nearest(
    errors: Sequence[Mapping[str, Any]], way: tuple[str, ...]
) -> Sequence[Mapping[str, Any]]:
    """The errors with those first that made the part null."""
    return sorted(errors, key=lambda one: tuple(one.get("path") or ()) != way[: _length(one)])


def _length(error: Mapping[str, Any]) -> int:
    return len(error.get("path") or ())


def _sources(warnings: Sequence[Mapping[str, Any]]) -> str:
    """`"woo";code=UPSTREAM_TIMEOUT;retryable, "pos";code=SOURCE_TRUNCATED`."""
    told: dict[str, None] = {}
    for one in warnings:
        retryable = ";retryable" if one["retryable"] else ""
        told[f"{_quoted(one['source'])};code={one['code']}{retryable}"] = None
    return ", ".join(list(told)[:_MOST_TOLD])


def _errors(errors: Sequence[Mapping[str, Any]]) -> str:
    """`"orders.0.total";code=UPSTREAM_TIMEOUT`."""
    told = []
    for one in errors[:_MOST_TOLD]:
        place = ".".join(map(str, one.get("path") or ()))
        told.append(f"{_quoted(place)};code={one['extensions'].get('code', 'SANTONG_ERROR')}")
    return ", ".join(told)


def _quoted(text: str) -> str:
    """A string of structured fields; names of sources and of fields are ASCII, all else is `?`."""
    plain = "".join(one if " " <= one <= "~" and one not in '"\\' else "?" for one in text)
    return f'"{plain}"'
