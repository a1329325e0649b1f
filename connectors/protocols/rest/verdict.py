"""Success is what the body says: codes of an interface, mapped to our errors by its manifest."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from typing import Any

import orjson
from msgspec import Struct

from capabilities.errors import ChannelError, Denied, Overloaded, Refused, Unavailable

_PLAIN_CODE = re.compile(r"[A-Za-z0-9_:/.-]{1,80}")
WORDS = ("none", "denied", "refused", "overloaded", "unavailable")
_KINDS: Mapping[str, type[ChannelError]] = {
    "denied": Denied,
    "refused": Refused,
    "overloaded": Overloaded,
    "unavailable": Unavailable,
}


class Verdict(Struct, frozen=True, kw_only=True):
    """What an interface's codes and statuses mean.

    `code` are paths of codes, the most telling first; there is a failure when one has a value that
    is not in `ok`. The others are patterns of codes; what none knows is refused. `logon` says that
    the session ended or was never good.
    """

    code: tuple[tuple[str, ...], ...] = ()
    ok: frozenset[str] = frozenset()
    none: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    logon: tuple[str, ...] = ()
    retry: tuple[str, ...] = ()
    statuses: Mapping[int, str] = {}

    def codes_of(self, said: Mapping[str, Any]) -> tuple[str, ...]:
        """The codes of a failure among what a body said; none where it is a success."""
        return self._failing([said.get(f"code{row}") for row in range(len(self.code))])

    def codes_in(self, body: bytes) -> tuple[str, ...]:
        """As `codes_of`, in a body that has no rows where they belong."""
        try:
            whole = orjson.loads(body)
        except ValueError:
            return ()
        return self._failing([_at(whole, path) for path in self.code])

    def word(self, codes: Sequence[str]) -> str:
        """What codes mean together: one that is known says more than one that is not."""
        tables = {
            "none": self.none,
            "logon": self.logon,
            "denied": self.denied,
            "overloaded": self.retry,
        }
        for word, patterns in tables.items():
            if any(re.match(translate(one), code) for one in patterns for code in codes):
                return word
        return "refused"

    def _failing(self, values: Iterable[Any]) -> tuple[str, ...]:
        found = [str(value) for value in values if isinstance(value, str | int) and value != ""]
        return tuple(value for value in found if value not in self.ok)


def failed(word: str, code: str, source: str) -> ChannelError:
    """Our error for a word of the manifest; the code is shown where it is a plain one."""
    shown = f" {code}" if _PLAIN_CODE.fullmatch(code) else ""
    return _KINDS[word](f"{source} answered with error{shown}", source=source)


def _at(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value
