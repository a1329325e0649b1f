"""What all protocols check of a manifest's commands: values that exist, at the top and in lines."""

from collections.abc import Iterator, Mapping
from typing import Any

from capabilities.order.values import LINE_VALUES, ORDER_VALUES
from connectors.choices import choices
from connectors.protocols.declared import Finding, Path
from connectors.protocols.templates import bad_marks


def commands_of(section: dict[str, Any]) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """The calls of a section by name, each with its path below the section."""
    for name, call in section.get("commands", {}).items():
        if name != "values":
            yield name, ("commands", name), call


def known_values(section: dict[str, Any], *more: str) -> Mapping[str, tuple[str, ...]]:
    """Names of values: at the top, and in `lines`."""
    own = tuple(section.get("commands", {}).get("values", {}))
    return {"": (*ORDER_VALUES, "line", *own, *more), "lines": LINE_VALUES}


def bad_templates(
    name: str, section: dict[str, Any], keys: tuple[str, ...], *more: str
) -> Iterator[Finding]:
    """Marks without a value in these keys of every call, in lines of texts, and in names."""
    known = known_values(section, *more)
    for value in section.get("commands", {}).get("values", {}):
        if value in ORDER_VALUES:
            message = f"{value!r} is a value of every order; give this one another name"
            yield Finding((name, "commands", "values", value), "MANIFEST_AMBIGUOUS", message)
    for _, path, call in commands_of(section):
        for key in ("line", *keys):
            if key in call:
                yield from bad_marks((name, *path, key), call[key], known)


def missing(
    path: Path, call: dict[str, Any], keys: tuple[str, ...], protocol: str
) -> Iterator[Finding]:
    """Keys without which a call is none."""
    for key in keys:
        if key not in call:
            message = f"{key!r} is missing: {protocol} writes by it"
            yield Finding(path, "MANIFEST_MISSING_FIELD", message)


def unknown_in(path: Path, name: str, valid: tuple[str, ...]) -> Finding:
    """A word that is none of some."""
    return Finding(path, "MANIFEST_BAD_CHOICE", f"{name!r} is no choice; {choices(name, valid)}")
