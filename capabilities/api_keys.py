"""API keys of machine clients: shown once, kept as a hash, each with a role and a scope."""

import re
import secrets
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from msgspec import Struct

from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import BadInput

_PREFIX = "santong"
_FORM = re.compile(rf"{_PREFIX}_([0-9a-f]{{16}})_([A-Za-z0-9_-]{{43}})")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


class KeyScope(Struct, frozen=True, kw_only=True):
    """What a key may do: a role, cut to channels and stores where it names some."""

    role: Role
    channels: frozenset[str] | None = None
    stores: frozenset[str] | None = None


class ApiKey(Struct, frozen=True, kw_only=True):
    """A key as it is kept; of its secret only a hash."""

    id: str
    name: str
    scope: KeyScope
    hash: bytes
    created_at: datetime
    created_by: str
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def stands(self, at: datetime) -> bool:
        """Whether it may be used at a moment."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def caller(self, brand: str) -> Caller:
        """Who calls with it."""
        scope = self.scope
        visibility = Visibility(
            role=scope.role, brand=brand, stores=scope.stores, channels=scope.channels
        )
        return Caller(subject=f"key:{self.name}", visibility=visibility, machine=True)


class Presented(Struct, frozen=True):
    """What a client presents: which key it says it has, and a hash of the proof."""

    id: str
    hash: bytes

    def is_of(self, key: ApiKey) -> bool:
        """Whether this is that key; takes as long for a wrong one."""
        return compare_digest(self.hash, key.hash)


def new_secret() -> tuple[str, Presented]:
    """A key's text, to be shown once, and what is kept of it."""
    text = f"{_PREFIX}_{secrets.token_hex(8)}_{secrets.token_urlsafe(32)}"
    found = presented(text)
    if found is None:
        raise TypeError("a key that is none")
    return text, found


def presented(text: str) -> Presented | None:
    """What a client presents; None where the text is no API key."""
    found = _FORM.fullmatch(text)
    return None if found is None else Presented(found[1], sha256(text.encode()).digest())


def checked_scope(name: str, scope: KeyScope) -> None:
    """BadInput for a name or scope that no key may have."""
    if not _NAME.fullmatch(name):
        raise BadInput("a key's name is made of letters, digits, `.`, `_` and `-`")
    if scope.role is Role.CONSUMER:
        raise BadInput("a consumer comes with a token of her own, never with a key")
    if (scope.role is Role.GUIDE) != bool(scope.stores):
        raise BadInput("a guide's key names stores, and no other role's does")
