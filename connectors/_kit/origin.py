"""Where a connector's requests may go: below its own base, whatever links answers hold."""

from collections.abc import Iterable, Mapping
from urllib.parse import SplitResult, quote, unquote, urlsplit

from capabilities.errors import BadInput, Garbled, Refused

Params = Mapping[str, str] | Iterable[tuple[str, str]]

MAX_URL = 8000
_LAST_CONTROL = 0x1F
_DELETE = 0x7F
_QUERY_SAFE = "$,:'()*@/-._~"
_PATH_SAFE = "$,:'()*@=!-._~"


def is_clean(text: str) -> bool:
    """Whether a text has no control character (CR, LF, NUL …)."""
    return all(_LAST_CONTROL < ord(char) != _DELETE for char in text)


def segment(value: str) -> str:
    """A value as one segment of a path: it can neither leave its place nor add another."""
    if not value or value in (".", "..") or not is_clean(value):
        raise BadInput("a key cannot stand in a path")
    return _quoted(value, "")


def query(params: Params) -> str:
    """Parameters as a query; values are text and cannot add parameters."""
    pairs = params.items() if isinstance(params, Mapping) else params
    return "&".join(f"{_quoted(k, _QUERY_SAFE)}={_quoted(v, _QUERY_SAFE)}" for k, v in pairs)


def _quoted(text: str, safe: str) -> str:
    if not is_clean(text):
        raise BadInput("a value holds a control character")
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError as exc:
        raise BadInput("a value is not valid Unicode") from exc


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


def _leaves(path: str) -> bool:
    """Whether a path has dot segments, also behind one or two layers of quoting."""
    plain = unquote(unquote(path)).replace("\\", "/")
    hidden = plain.count("/") != path.count("/")
    return hidden or any(part in (".", "..") for part in plain.split("/"))
