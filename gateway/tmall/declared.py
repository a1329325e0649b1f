"""The file of Tmall's doors: whose calls each takes, and what a tier is as a number there."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Struct

from capabilities.errors import BadInput

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_KEYS = 2
# Tmall waits some 1.2 s in all; what travels needs a part of it.
_Milliseconds = Annotated[int, msgspec.Meta(ge=50, le=1_100)]


class Declared(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One door. `secrets` are references, two while one is changed.

    `seller` is the shop's name: calls of another one are refused. `levels` names Tmall's number of
    a tier by its code; `joined_at` is the field that says when somebody joined at Tmall.
    """

    name: str
    channel: str
    app_key: str
    secrets: tuple[str, ...]
    seller: str | None = None
    levels: Mapping[str, int] = {}
    lowest_level: int = 1
    deadline_ms: _Milliseconds = 900
    joined_at: str = "register_time"

    def level(self, code: str | None) -> int:
        """Tmall's number of a tier; one that is not named is the lowest."""
        return self.lowest_level if code is None else self.levels.get(code, self.lowest_level)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    doors: tuple[Declared, ...]


def read_doors(path: Path | None) -> tuple[Declared, ...]:
    """The doors of a file; BadInput says what is wrong with it."""
    if path is None:
        return ()
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), _File).doors
    except (OSError, UnicodeDecodeError) as exc:
        raise _wrong("it cannot be read") from exc
    except (yaml.YAMLError, msgspec.ValidationError) as exc:
        raise _wrong(str(exc)) from exc
    for one in found:
        if not _NAME.fullmatch(one.name):
            raise _wrong(f"{one.name!r} cannot name a door: a-z, 0-9, - and _")
        if not 1 <= len(one.secrets) <= _KEYS:
            raise _wrong(f"{one.name}: one secret, or two while it is changed")
    if len({one.name for one in found}) != len(found):
        raise _wrong("one door stands twice")
    return found


def _wrong(told: Any) -> BadInput:
    return BadInput(f"the file of Tmall's doors: {told}", code="TMALL_DOORS_INVALID")
