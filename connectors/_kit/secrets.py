"""Secrets by reference: configuration names where a secret lies and never holds it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from capabilities.errors import BadInput

_MAX_BYTES = 64 * 1024


class Secret:
    """A value that hides itself; only `reveal` gives it, at the place where it is sent."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")


def resolve(reference: str, environment: Mapping[str, str] | None = None) -> Secret:
    """The secret behind `env:NAME` or `file:PATH`; BadInput SECRET_MISSING names the reference."""
    kind, _, place = reference.partition(":")
    if kind == "env" and place:
        value = (os.environ if environment is None else environment).get(place, "")
    elif kind == "file" and place:
        value = _from_file(reference, Path(place))
    else:
        # What stands here may be the secret itself, written where its reference belongs.
        raise BadInput(
            "a secret is written as env:NAME or file:PATH", code="SECRET_REFERENCE_INVALID"
        )
    if not value:
        raise _missing(reference)
    return Secret(value)


def _from_file(reference: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES).decode().rstrip("\r\n")
    except (OSError, ValueError) as exc:
        raise _missing(reference) from exc


def _missing(reference: str) -> BadInput:
    return BadInput(f"there is no secret behind {reference}", code="SECRET_MISSING")
