"""Which `Host` is the gateway's own: whose pages are its pages."""

from collections.abc import Iterable
from ipaddress import ip_address

_LOCAL = "localhost"


class OwnHosts:
    """Addresses, `localhost`, and the names that the operator lists.

    Any other name may be somebody else's who lets it lead here for a while (DNS rebinding): then a
    browser takes her page for one of ours.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(one.lower() for one in names)

    def has(self, host: bytes | None) -> bool:
        """Whether a `Host`, with its port or without, is the gateway's own."""
        name = _name((host or b"").decode("latin-1").lower())
        return name in self._names or name == _LOCAL or _is_address(name)


def _name(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
