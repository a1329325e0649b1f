"""Where a connector's requests may go: below its own base, whatever links answers hold."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, quote, unquote, urlsplit

from capabilities.errors import BadInput, Garbled, Refused

Params = Mapping[str, str] | Iterable[tuple[str, str]]

MAX_URL = 8000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NO_TARGET = re.compile(r"[^\x21-\x22\x24-\x7e]")
# What is never quoted, wherever it stands.
_PLAIN = re.compile(r"[A-Za-z0-9_~-]*")
_QUERY_SAFE = "$,:'()*@/-._~"
_PATH_SAFE = "$,:'()*@=!-._~"


def is_clean(text: str) -> bool:
    """Whether a text has no control character (CR, LF, NUL …)."""
    return _CONTROL.search(text) is None


def segment(value: str) -> str:
    """A value as one segment of a path: it can neither leave its place nor add another."""
    if not value or value in (".", "..") or not is_clean(value):
        raise BadInput("a key cannot stand in a path")
    return _quoted(value, "")


def query(params: Params) -> str:
    """Parameters as a query; values are text and cannot add parameters."""
    pairs = params.items() if isinstance(params, Mapping) else params
    return "&".join(f"{_quoted(k, _QUERY_SAFE)}={_quoted(v, _QUERY_SAFE)}" for k, v in pairs)


def pairs(params: Params) -> tuple[tuple[str, str], ...]:
    """Parameters in the order in which they are sent."""
    return tuple(params.items() if isinstance(params, Mapping) else params)


def _quoted(text: str, safe: str) -> str:
    if _PLAIN.fullmatch(text) is not None:
        return text
    if not is_clean(text):
        raise BadInput("a value holds a control character")
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError as exc:
        raise BadInput("a value is not valid Unicode") from exc


def form(params: Params) -> bytes:
    """Parameters as the body of a form."""
    return query(params).encode()


class Origin:
    """A base address; requests are relative to it, and links are re-based onto it."""

    def __init__(self, base_url: str, source: str = "") -> None:
        parts = _place(base_url)
        if parts is None:
            raise BadInput(
                "a base address is written as https://host[:port][/path]",
                code="BASE_ADDRESS_INVALID",
            )
        if parts.query or parts.fragment or not is_clean(base_url) or _leaves(parts.path):
            raise BadInput("a base address has a plain path only", code="BASE_ADDRESS_INVALID")
        self.secure = parts.scheme == "https"
        self.host, self.port = _host(parts), parts.port or (443 if self.secure else 80)
        self._root = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path.rstrip("/")
        self._source = source

    def url(self, path: str, params: Params = ()) -> str:
        """The whole address of a path below the base; `path` is already quoted."""
        if _leaves(path.partition("?")[0]):
            raise BadInput("a path leaves the connector's base")
        whole = f"{self._root}{self._path}/{path.lstrip('/')}"
        if text := query(params):
            whole += f"{'&' if '?' in whole else '?'}{text}"
        if len(whole) > MAX_URL:
            raise Refused("the request is longer than a server reads", source=self._source)
        return whole

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    def target(self, path: str, params: Params = ()) -> str:
        """What a request line names for a path below the base."""
        found = self.url(path, params)[len(self._root) :]
        if _NO_TARGET.search(found) is not None:
            raise BadInput("a path is not quoted")
        return found

    def rebase(self, link: str, below: str = "") -> str:
        """A link from an answer as a path of our own base; its scheme and host are not believed.

        `below` is the path, relative to the base, that a link without a leading slash starts from
        and that no link may leave.
        """
        try:
            parts = urlsplit(link)
        except ValueError:
            parts = None
        if parts is None or not is_clean(link) or "\\" in link or _leaves(parts.path):
            raise self._foreign()
        stem = f"{self._path}/{below.strip('/')}".rstrip("/")
        absolute = bool(parts.netloc) or parts.path.startswith("/")
        path = parts.path if absolute else f"{stem}/{parts.path}"
        if path != stem and not path.startswith(f"{stem}/"):
            raise self._foreign()
        tail = f"?{parts.query}" if parts.query else ""
        own = path[len(self._path) :].lstrip("/")
        return quote(own, safe=_PATH_SAFE + "/%") + quote(tail, safe=_QUERY_SAFE + "?%=&+;!")

    def _foreign(self) -> Garbled:
        return Garbled("a link leaves the connector's base", source=self._source)


def _place(base_url: str) -> SplitResult | None:
    """The parts of an address of http with a host, a port that can be and nobody's name in it."""
    try:
        parts = urlsplit(base_url)
        plain = parts.port != 0 and "@" not in parts.netloc and " " not in base_url
    except ValueError:
        return None
    return parts if plain and parts.scheme in ("http", "https") and parts.hostname else None


def _host(parts: SplitResult) -> str:
    """The host as it is looked up; a name in another script becomes its ASCII form."""
    host = parts.hostname or ""
    try:
        return host if host.isascii() and ":" in host else host.encode("idna").decode()
    except UnicodeError:
        message = "the host of a base address is no host name"
    raise BadInput(message, code="BASE_ADDRESS_INVALID")


def _leaves(path: str) -> bool:
    """Whether a path has dot segments, also behind one or two layers of quoting."""
    if "%" not in path and "." not in path and "\\" not in path:
        return False
    plain = unquote(unquote(path)).replace("\\", "/")
    hidden = plain.count("/") != path.count("/")
    return hidden or any(part in (".", "..") for part in plain.split("/"))
