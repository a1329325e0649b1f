"""Writes as manifests declare them: values put into texts, and what can be wrong with those."""

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from capabilities.member.writing import VALUES
from connectors.choices import choices
from connectors.protocols.declared import Finding, Path

# Calls that look up what was written, and change nothing.
LOOKED_UP = ("find", "check")


def writes(section: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The writes of a section, each with its path below the section."""
    for name, call in section.get("write", {}).items():
        yield ("write", name), call


def bad_values(path: Path, templates: Any) -> Iterator[Finding]:
    """Marks that name no value of a person."""
    for text in _texts(templates):
        for name in _marks(text):
            if name not in VALUES:
                message = f"unknown value {{{name}}}; {choices(name, VALUES)}"
                yield Finding(path, "MANIFEST_UNKNOWN_PARAMETER", message)


def bad_expression(path: Path, expression: str) -> Iterator[Finding]:
    """An expression that is none."""
    try:
        jmespath.compile(expression)
    except JMESPathError:
        message = f"{expression!r} is no JMESPath expression"
        yield Finding(path, "MANIFEST_BAD_PATH", message)


def filled_in(template: Any, values: Mapping[str, str | None]) -> Any:
    """A template with its values; None where one of them is absent, or nothing is left."""
    if isinstance(template, str):
        if any(values[name] is None for name in _marks(template)):
            return None
        return template.format_map(values)
    if isinstance(template, dict):
        found = {name: filled_in(one, values) for name, one in template.items()}
        kept = {name: one for name, one in found.items() if one is not None}
        return kept or None
    if isinstance(template, list):
        return [one for one in (filled_in(one, values) for one in template) if one is not None]
    return template


def _texts(template: Any) -> Iterator[str]:
    if isinstance(template, str):
        yield template
    elif isinstance(template, dict):
        for one in template.values():
            yield from _texts(one)
    elif isinstance(template, list):
        for one in template:
            yield from _texts(one)


def _marks(template: str) -> list[str]:
    """Names of values in a text; what is no plain name is one that no value has."""
    try:
        parts = [one for one in Formatter().parse(template) if one[1] is not None]
    except ValueError:
        return [template]
    plain = all(not form and not conversion for _, _, form, conversion in parts)
    return [str(name) for _, name, _, _ in parts] if plain else [template]
