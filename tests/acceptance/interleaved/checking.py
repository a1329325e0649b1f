"""Whether an answer is its caller's own."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from tests.acceptance.interleaved.mix import Call
from tests.acceptance.interleaved.planted import CANARY, HIDDEN
from tests.acceptance.interleaved.questions import Expected


class Crossed(AssertionError):
    """A caller was answered something that is not hers."""


def check(call: Call, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Crossed when any value of the answer is another's, is missing, or shows what is hidden."""
    text = body.decode()
    told = orjson.loads(body)
    expected = call.expected
    errors = [
        (tuple(one.get("path", ())), one["extensions"]["code"]) for one in told.get("errors", ())
    ]
    if not expected.admitted:
        _agree(
            call,
            "refusal",
            (status, "data" in told, errors),
            (401, False, [((), "UNAUTHENTICATED")]),
        )
    else:
        _agree(call, "data", (status, told.get("data", "none")), (200, expected.data), text)
        _agree_errors(call, errors)
    found = set(CANARY.findall(text + repr(headers)))
    _agree(call, "foreign values", found - _own(expected), set())
    _agree(call, "hidden values", HIDDEN.findall(text), [])
    _agree(call, "cache-control", headers.get("cache-control"), "private, no-store")


def _agree_errors(call: Call, errors: list[Any]) -> None:
    """Where a null went up to the root, one of its errors is enough."""
    expected = list(call.expected.errors)
    if call.expected.data is None and expected and set(errors) <= set(expected) and errors:
        return
    _agree(call, "errors", sorted(errors), sorted(expected))


def _agree(call: Call, what: str, got: Any, expected: Any, whole: str = "") -> None:
    if got != expected:
        raise Crossed(
            f"{what} of {call.caller.name}:\n{call.text}\n{dict(call.variables)}\n"
            f"got      {got}\nexpected {expected}\nwhole    {whole}"
        )


def _own(expected: Expected) -> frozenset[str]:
    return _canaries(msgspec.json.encode(expected.data))


@lru_cache(maxsize=4096)
def _canaries(text: bytes) -> frozenset[str]:
    return frozenset(CANARY.findall(text.decode()))
