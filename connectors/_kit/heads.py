"""Header lines of requests, made once for each set of headers."""

from collections.abc import Mapping

from capabilities.errors import BadInput
from connectors._kit.auth import Auth
from connectors._kit.origin import is_clean

# These frame the request, and are ours to write.
_FRAMING = frozenset({"connection", "content-length", "expect", "host", "te", "transfer-encoding"})
_SENT = {"Accept": "*/*", "Accept-Encoding": "gzip", "User-Agent": "Santong"}
_KEPT = 64


class Heads:
    """The lines behind a request line; what it holds shows in no `repr`."""

    __slots__ = ("_auth", "_authority", "_headers", "_kept")

    def __init__(self, authority: str, headers: Mapping[str, str], auth: Auth) -> None:
        self._authority = authority
        self._headers = {**_SENT, **headers}
        self._auth = auth
        self._kept: dict[tuple[tuple[str, str], ...], str] = {}

    def lines(self, headers: Mapping[str, str]) -> str:
        """Lines for the wire's headers, these, and the credential; BadInput for a bad one."""
        shown = self._auth.headers()
        key = (*headers.items(), *shown.items())
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            found = self._kept[key] = self._written({**self._headers, **headers, **shown})
        return found

    def fresh(self, headers: Mapping[str, str]) -> str:
        """As `lines`, for headers that no other request has."""
        return self._written({**self._headers, **headers})

    def _written(self, headers: Mapping[str, str]) -> str:
        for name, value in headers.items():
            if not (is_clean(name) and is_clean(value)) or ":" in name:
                raise BadInput("a header holds a control character")
            if name.lower() in _FRAMING:
                raise BadInput("a header frames the request; that is the wire's")
        named = {"Host": self._authority, **headers}
        return "".join(f"{name}: {value}\r\n" for name, value in named.items())
