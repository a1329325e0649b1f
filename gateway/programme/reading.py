"""A programme's file → its policy; every fault with line and column, as of a manifest."""

import re
from functools import cache
from pathlib import Path

import msgspec
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from capabilities.errors import BadInput
from capabilities.points.policy import Policy
from capabilities.points.policy_sense import nonsense
from connectors.manifest.check import check_against
from connectors.manifest.errors import Fault, ManifestError
from connectors.manifest.source import Source, read_source
from gateway.programme.schema import build_schema

_CODE = "PROGRAMME_INVALID"
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


class ProgrammeError(BadInput):
    """A programme that cannot be used; `faults` lists everything that is wrong with it."""

    def __init__(self, faults: list[Fault]) -> None:
        told = [replace(fault, code=_CODE) for fault in faults]
        super().__init__("\n".join(map(str, told)), code=_CODE)
        self.faults = told


def read_programme(text: str, file: str) -> Policy:
    """The policy of a file in YAML or JSON; ProgrammeError lists everything that is wrong."""
    try:
        source = read_source(text, file)
    except ManifestError as exc:
        raise ProgrammeError(list(exc.faults)) from exc
    if not isinstance(source.value, dict):
        message = "a programme is a mapping with a `programme`"
        raise ProgrammeError([source.fault((), _CODE, message)])
    if faults := check_against(source, _validator()):
        raise ProgrammeError(faults)
    return _sensible(source)


def _sensible(source: Source) -> Policy:
    try:
        policy = msgspec.convert(source.value, Policy)
    except msgspec.ValidationError as exc:
        message, _, place = str(exc).partition(" - at `$")
        raise ProgrammeError([source.fault(path_of(place), _CODE, message)]) from exc
    faults = [source.fault(place, _CODE, message) for place, message in nonsense(policy)]
    if faults:
        raise ProgrammeError(sorted(faults, key=lambda one: (one.line, one.column)))
    return policy


def path_of(place: str) -> tuple[str | int, ...]:
    """`.earn.rules[0].when` as steps."""
    return tuple(int(at) if at else name for name, at in _STEP.findall(place))


def read_file(path: Path) -> tuple[str, Policy]:
    """A file's text, and its policy."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"{path} cannot be read", code=_CODE) from exc
    return text, read_programme(text, str(path))


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(build_schema())
