"""Secrets by reference: configuration names where a secret lies and never holds it."""

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from msgspec import Struct

from capabilities.errors import BadInput

_MAX_BYTES = 64 * 1024
_INVALID = "SECRET_REFERENCE_INVALID"
_OURS = "SANTONG_"  # our own settings are nobody else's secrets

# A connector, the name of its secret, and what was sealed: the value; ValueError where it is none.
Unseal = Callable[[str, str, bytes], str]


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


class SecretPlaces(Struct, frozen=True, kw_only=True):
    """Where the secrets of a connector may lie.

    Whoever defines a connector over the network must not read this machine by it: `prefix` is how
    the names of the environment begin that may be referred to, `folder` the only place of files.
    None sets no bound, for what an operator wrote on the machine itself.
    """

    prefix: str | None = None
    folder: Path | None = None
    bounded: bool = False
    unseal: Unseal | None = None

    def resolve(self, reference: str, connector: str = "", name: str = "") -> Secret:
        """The secret behind `env:NAME`, `file:PATH` or `sealed:TEXT`.

        BadInput: SECRET_REFERENCE_INVALID for a reference that may not be, SECRET_MISSING where
        nothing lies behind it.
        """
        kind, _, place = reference.partition(":")
        if kind == "sealed" and place:
            return self._unsealed(place, connector, name)
        if kind == "env" and place:
            value = os.environ.get(self._checked_name(place), "")
        elif kind == "file" and place:
            value = _from_file(reference, self.checked_path(place))
        else:
            # What stands here may be the secret itself, written where its reference belongs.
            raise BadInput("a secret is written as env:NAME or file:PATH", code=_INVALID)
        if not value:
            raise _missing(reference)
        return Secret(value)

    def _checked_name(self, name: str) -> str:
        if self.bounded and (not name.startswith(self.prefix or "?") or name.startswith(_OURS)):
            raise BadInput(
                f"the environment's names that may be referred to begin with {self.prefix}",
                code=_INVALID,
            )
        return name

    def checked_path(self, place: str) -> Path:
        """The path; in a bounded folder, wherever links and dots lead."""
        if not self.bounded:
            return Path(place)
        if self.folder is None:
            message = "files may not be referred to; SANTONG_CONNECTOR_SECRETS names no folder"
            raise BadInput(message, code=_INVALID)
        try:
            folder = self.folder.resolve()
            path = (folder / place).resolve()
            inside = path.is_relative_to(folder)
        except (OSError, ValueError, RuntimeError):
            inside = False
        if not inside:
            message = "files that may be referred to lie in the folder SANTONG_CONNECTOR_SECRETS"
            raise BadInput(message, code=_INVALID)
        return path

    def _unsealed(self, place: str, connector: str, name: str) -> Secret:
        message = f"the secret {name!r} cannot be unsealed here; give it anew"
        if self.unseal is not None:
            try:
                return Secret(self.unseal(connector, name, base64.b64decode(place, validate=True)))
            except ValueError:
                pass
        raise BadInput(message, code="SECRET_MISSING")


def resolve(reference: str) -> Secret:
    """As `SecretPlaces.resolve`, for a reference that an operator wrote on this machine."""
    return SecretPlaces().resolve(reference)


def _from_file(reference: str, path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES).decode().rstrip("\r\n")
    except (OSError, ValueError) as exc:
        raise _missing(reference) from exc


def _missing(reference: str) -> BadInput:
    return BadInput(f"there is no secret behind {reference}", code="SECRET_MISSING")
