"""A manifest against its schema: each fault in words, with the valid choices."""

from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from connectors.choices import choices
from connectors.manifest.errors import Fault
from connectors.manifest.schema import build_schema
from connectors.manifest.source import Path, Source


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(build_schema())


def check_shape(source: Source) -> list[Fault]:
    """Everything that the schema says is wrong, in the order of the file."""
    if not isinstance(source.value, dict):
        return [source.fault((), "MANIFEST_EMPTY", "a manifest is a mapping with a `system`")]
    return check_against(source, _validator())


def check_against(source: Source, validator: Draft202012Validator) -> list[Fault]:
    """Everything that a schema says is wrong with a file, in its order."""
    faults = {
        fault: None
        for error in validator.iter_errors(source.value)
        for fault in _faults(source, error)
    }
    return sorted(faults, key=lambda fault: (fault.line, fault.column, fault.message))


def _faults(source: Source, error: ValidationError) -> Iterator[Fault]:
    path: Path = tuple(error.absolute_path)
    if error.validator == "anyOf":
        yield from _of_either(source, path, error)
    elif error.validator == "additionalProperties":
        yield from _unknown(source, path, error)
    elif error.validator == "required":
        yield from _missing(source, path, error)
    else:
        code, message = _say(error)
        yield source.fault(path, code, message)


def _of_either(source: Source, path: Path, error: ValidationError) -> Iterator[Fault]:
    """A field is a path or an object: speak of the one that the author meant."""
    rule: Any = error.validator_value
    asked = [arm["required"][0] for arm in rule if "required" in arm]
    if asked:
        message = f"nothing is declared; at least one of: {', '.join(asked)}"
        yield source.fault(path, "MANIFEST_MISSING_FIELD", message)
        return
    if not isinstance(error.instance, dict):
        message = f"expected a path or an object, found {_kind(error.instance)}"
        yield source.fault(path, "MANIFEST_WRONG_TYPE", message)
        return
    for inner in error.context or ():
        if inner.validator != "type" or inner.relative_path:
            yield from _faults(source, inner)


def _unknown(source: Source, path: Path, error: ValidationError) -> Iterator[Fault]:
    schema, found = cast("dict[str, Any]", error.schema), cast("dict[str, Any]", error.instance)
    valid = schema.get("properties", {})
    for name in found:
        if name not in valid:
            message = f"unknown field {name!r}; {choices(name, valid)}"
            yield source.fault((*path, name), "MANIFEST_UNKNOWN_FIELD", message)


def _missing(source: Source, path: Path, error: ValidationError) -> Iterator[Fault]:
    rule, found = cast("list[str]", error.validator_value), cast("dict[str, Any]", error.instance)
    for name in rule:
        if name not in found:
            yield source.fault(path, "MANIFEST_MISSING_FIELD", f"{name!r} is missing")


def _say(error: ValidationError) -> tuple[str, str]:
    found: Any = error.instance
    rule: Any = error.validator_value
    if error.validator == "enum":
        return (
            "MANIFEST_BAD_CHOICE",
            f"{found!r} is no choice; {choices(str(found), map(str, rule))}",
        )
    if error.validator == "type":
        wanted = rule if isinstance(rule, str) else " or ".join(rule)
        return "MANIFEST_WRONG_TYPE", f"expected {_NAMES.get(wanted, wanted)}, found {_kind(found)}"
    if error.validator == "oneOf":
        ways = [arm["required"][0] for arm in rule]
        used = [way for way in ways if way in found]
        had = f"found {', '.join(used)}" if used else "found none"
        return "MANIFEST_AMBIGUOUS", f"exactly one of {', '.join(ways)} makes a field; {had}"
    if error.validator == "pattern":
        return "MANIFEST_BAD_VALUE", f"{found!r} does not match {rule}"
    return "MANIFEST_BAD_VALUE", f"{found!r} is not allowed: {error.validator} {rule}"


_NAMES = {"object": "a mapping", "array": "a list", "string": "text", "integer": "a whole number"}


def _kind(value: Any) -> str:
    kinds = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", int: "a number"}
    return kinds.get(type(value), "nothing")
