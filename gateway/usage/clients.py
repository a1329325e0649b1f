"""The applications that one process tells apart: few, whatever they call themselves."""

from capabilities.caller import Caller
from capabilities.usage.client import OTHER, Client, credential_of, declared_name

MOST_NAMES = 100
_MOST_KNOWN = 1_000


class Clients:
    """Who asks, by its credential and by its own word; beyond a hundred words all are one.

    Words are counted by credential: nobody who calls herself many things takes another's name away.
    """

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}
        self._known: dict[tuple[str, bytes | None], Client] = {}

    def of(self, caller: Caller, declared: bytes | None) -> Client:
        """The application behind a request."""
        credential = credential_of(caller)
        known = self._known.get((credential, declared))
        if known is None:
            known = Client(credential, self._name(credential, declared))
            if len(self._known) < _MOST_KNOWN:
                self._known[credential, declared] = known
        return known

    def _name(self, credential: str, declared: bytes | None) -> str:
        name = declared_name((declared or b"").decode("latin-1"))
        names = self._names.setdefault(credential, {""})
        if name not in names:
            if len(names) > MOST_NAMES:
                return OTHER
            names.add(name)
        return name
