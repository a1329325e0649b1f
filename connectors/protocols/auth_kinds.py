"""Ways to show who calls over HTTP, as manifests declare them."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from connectors.protocols.declared import Finding, Schema

_TEXT: Schema = {"type": "string"}
_TABLE: Schema = {"type": "object", "additionalProperties": _TEXT}


class LogonCall(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The call that opens a session; `token_at` or `cookie` says what of its answer is kept.

    Marks in `send` are settings and secrets.
    """

    path: str
    send: dict[str, str]
    body: str = "json"
    token_at: str = ""
    cookie: str = ""
    minutes: int | None = None


class Showing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a session is shown: one of header, cookie, parameter, or what the protocol knows."""

    header: str = ""
    form: str = "{token}"
    cookie: str = ""
    param: str = ""
    argument: bool = False


class Auth(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the connector logs on; values name settings and secrets of the connection."""

    kind: str = "none"
    user: str | None = None
    password: str | None = None
    token: str | None = None
    header: str | None = None
    address: str | None = None
    scope: str = ""
    place: str = "header"
    session: str | None = None
    digest: str | None = None
    login: LogonCall | None = None
    show: Showing | None = None


class Kind(Struct, frozen=True):
    """The keys that a kind needs, those that it may have, and its digests."""

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


_PAIR = ("user", "password")
KINDS: Mapping[str, Kind] = {
    "none": Kind(may=("password",)),  # a database's stands in its address
    "basic": Kind(_PAIR),
    "bearer": Kind(("token",)),
    "api_key": Kind(("header", "token")),
    "oauth2": Kind((*_PAIR, "address"), ("scope", "place"), places=("header", "body")),
    "oauth1": Kind(_PAIR, ("digest", "place"), ("sha256", "sha1"), ("header", "query")),
    "session": Kind(("login", "show")),
    "top": Kind(_PAIR, ("session", "digest"), ("md5", "hmac", "hmac-sha256")),
    "jd": Kind((*_PAIR, "session"), ("digest",), ("md5",)),
    "meituan": Kind(_PAIR),
    "doudian": Kind((*_PAIR, "session")),
}


def auth_schema() -> Schema:
    """The JSON Schema of `auth`."""
    login = {
        "path": _TEXT,
        "send": _TABLE,
        "body": {"enum": ["json", "form"]},
        "token_at": _TEXT,
        "cookie": _TEXT,
        "minutes": {"type": "integer", "minimum": 1, "maximum": 100_000},
    }
    show = {**dict.fromkeys(("header", "form", "cookie", "param"), _TEXT)}
    texts = ("user", "password", "token", "header", "address", "scope", "session")
    return _object(
        {
            "kind": {"enum": list(KINDS)},
            **dict.fromkeys(texts, _TEXT),
            "place": {"enum": ["header", "body", "query"]},
            "digest": {"enum": ["md5", "hmac", "hmac-sha256", "sha256", "sha1"]},
            "login": {**_object(login), "required": ["path", "send"]},
            "show": _object({**show, "argument": {"const": True}}),
        }
    )


def check_auth(auth: dict[str, Any]) -> Iterator[Finding]:
    """Faults that the schema cannot say; paths are below `auth`."""
    name = auth.get("kind", "none")
    kind = KINDS[name]
    for key in kind.needs:
        if key not in auth:
            yield Finding((), "MANIFEST_MISSING_FIELD", f"{key!r} is missing")
    valid = ("kind", *kind.needs, *kind.may)
    for key in auth:
        if key not in valid:
            message = f"{key!r} is not for {name}; valid: {', '.join(valid)}"
            yield Finding((key,), "MANIFEST_UNKNOWN_FIELD", message)
    for key, choices in (("digest", kind.digests), ("place", kind.places)):
        if key in auth and key in valid and auth[key] not in choices:
            message = f"{auth[key]!r} is not for {name}; valid: {', '.join(choices)}"
            yield Finding((key,), "MANIFEST_BAD_CHOICE", message)
    if name == "session":
        yield from _one_of(auth, "login", ("token_at", "cookie"))
        yield from _one_of(auth, "show", ("header", "cookie", "param", "argument"))


def _one_of(auth: dict[str, Any], level: str, ways: tuple[str, ...]) -> Iterator[Finding]:
    used = [way for way in ways if way in auth.get(level, ())]
    if level in auth and len(used) != 1:
        found = ", ".join(used) or "none"
        message = f"exactly one of {', '.join(ways)}; found {found}"
        yield Finding((level,), "MANIFEST_AMBIGUOUS", message)


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "additionalProperties": False}
