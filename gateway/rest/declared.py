"""The file of resources: which operation is published where, and how a request becomes variables.

A source is written as one text: `path.phone`, `query.limit`, `body.name`, `body` for the whole of
it, `header.idempotency-key`. A target is a variable or a field of an input object: `input.member`.
"""

import re
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from connectors.manifest.source import Path as Way
from gateway.rest.faults import ResourceFault, ResourcesFault, Written, read_written

Method: TypeAlias = Literal["GET", "POST", "PUT", "PATCH"]
METHODS: tuple[Method, ...] = ("GET", "POST", "PUT", "PATCH")
IDEMPOTENCY_KEY = "idempotency-key"
_MOST_BYTES = 1_000_000
_SOURCE = re.compile(r"(path|query|body)\.([A-Za-z_][A-Za-z0-9_-]*)|body|header\.idempotency-key")
_TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_NAME = re.compile(r"[A-Za-z_]\w{0,63}")
_AT = re.compile(r" - at `\$(.*)`$")
_STEP = re.compile(r"\[(\d+)\]|\.([A-Za-z_]\w*)")


class DeclaredResource(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One resource. `answer` leads to the part of the answer that is its body."""

    path: str
    operation: str
    method: Method = "GET"
    name: str = ""
    summary: str = ""
    variables: dict[str, str] = {}
    answer: str = ""
    absent: Literal[404, 204] = 404


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    resources: tuple[DeclaredResource, ...]


class Declared(Struct, frozen=True):
    """The resources of a file, and the file for telling what is wrong with them."""

    resources: tuple[DeclaredResource, ...]
    written: Written

    def fault(self, row: int, key: str, message: str, *, code: str) -> ResourceFault:
        """A fault of a resource; `key` may lead to one of its variables, as `variables.phone`."""
        first, _, rest = key.partition(".")
        way: Way = ("resources", row, first, *([rest] if rest else []))
        return self.written.fault(way, message, code=code)


def read_resources(path: Path) -> Declared:
    """The resources of a file; ResourcesFault with all that is wrong with how they are written."""
    written = read_written(_text(path), str(path))
    try:
        resources = msgspec.convert(written.value, _File).resources
    except msgspec.ValidationError as exc:
        raise ResourcesFault([_shape_fault(written, str(exc))]) from exc
    found = Declared(resources, written)
    faults = [fault for row, one in enumerate(resources) for fault in _faults(found, row, one)]
    if faults:
        raise ResourcesFault(faults)
    return found


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        fault = ResourceFault(
            code="RESOURCE_SYNTAX", message="it cannot be read", file=str(path), line=1, path="$"
        )
        raise ResourcesFault([fault]) from exc


def _shape_fault(written: Written, told: str) -> ResourceFault:
    found = _AT.search(told)
    way: Way = ()
    if found is not None:
        steps = _STEP.finditer(found[1])
        way = tuple(int(one[1]) if one[1] else one[2] for one in steps)
        told = told[: found.start()]
    return written.fault(way, told, code="RESOURCE_SHAPE")


def _faults(found: Declared, row: int, one: DeclaredResource) -> list[ResourceFault]:
    faults = []
    if one.name and not _NAME.fullmatch(one.name):
        faults.append(
            found.fault(row, "name", "a name is letters, digits and _", code="RESOURCE_SHAPE")
        )
    for target, source in one.variables.items():
        if not _TARGET.fullmatch(target):
            told = "write a variable, or a field of its input object: input.member"
            faults.append(found.fault(row, f"variables.{target}", told, code="RESOURCE_VARIABLE"))
        if not _SOURCE.fullmatch(source):
            told = "write path.NAME, query.NAME, body.NAME, body or header.idempotency-key"
            faults.append(found.fault(row, f"variables.{target}", told, code="RESOURCE_VARIABLE"))
    return faults
