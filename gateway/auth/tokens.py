"""Bearer tokens of our own issuer: HS256, short-lived, with a role and its scope.

Claims: `sub`, `role`, `brand`, `stores` (a guide's), `member` (a consumer's own membership as
channel and number: never a phone). One without a subject of its own is of a role: it names no
person, except where a demo plays them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from capabilities.caller import Caller, MembershipKey, Role, Visibility
from capabilities.errors import BadInput, Unauthenticated
from gateway.keys import derived_key
from gateway.settings import Settings

_ISSUER = "santong-demo"
_AUDIENCE = "santong"
_ALGORITHM = "HS256"
_LEEWAY_SECONDS = 5


def mint(
    settings: Settings,
    *,
    role: Role,
    brand: str,
    subject: str | None = None,
    stores: Sequence[str] = (),
    member: MembershipKey | None = None,
    now: datetime | None = None,
) -> str:
    """A token for one role, of a `subject` or shared; BadInput when the role lacks its scope."""
    if role is Role.GUIDE and not stores:
        raise BadInput("a guide's token needs at least one store", code="TOKEN_WITHOUT_STORE")
    if role is Role.CONSUMER and member is None:
        raise BadInput(
            "a consumer's token needs her membership, as channel:number",
            code="TOKEN_WITHOUT_MEMBER",
        )
    issued = now or datetime.now(UTC)
    claims: dict[str, Any] = {
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "sub": subject or _of_role(role),
        "iat": issued,
        "exp": issued + timedelta(seconds=settings.token_ttl_seconds),
        "role": role.value,
        "brand": brand,
    }
    if role is Role.GUIDE:
        claims["stores"] = list(stores)
    if member is not None:
        claims["member"] = [member.channel, member.number]
    return jwt.encode(claims, derived_key(settings, "token"), algorithm=_ALGORITHM)


def verify(settings: Settings, token: str) -> Caller:
    """The caller of a token; Unauthenticated for anything but a valid one."""
    return verified(settings, token)[0]


def verified(settings: Settings, token: str) -> tuple[Caller, float]:
    """As `verify`, with the second of its expiry."""
    try:
        claims = jwt.decode(
            token,
            derived_key(settings, "token"),
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            issuer=_ISSUER,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "sub", "role", "brand"]},
        )
        return _caller(claims, demo=settings.demo), float(claims["exp"])
    except (jwt.InvalidTokenError, ValueError, TypeError) as exc:
        raise Unauthenticated("the bearer token is not valid here, or no longer") from exc


def _caller(claims: dict[str, Any], *, demo: bool) -> Caller:
    role = Role(claims["role"])
    stores: list[Any] = claims.get("stores") or []
    member: list[Any] = claims.get("member") or []
    if role is Role.GUIDE and not stores:
        raise ValueError("a guide without stores")
    if role is Role.CONSUMER and not member:
        raise ValueError("a consumer without membership")
    visibility = Visibility(
        role=role,
        brand=str(claims["brand"]),
        stores=frozenset(map(str, stores)) if role is Role.GUIDE else None,
        member=MembershipKey(*map(str, member)) if role is Role.CONSUMER else None,
    )
    subject = str(claims["sub"])
    shared = subject == _of_role(role) and not demo
    return Caller(subject=subject, visibility=visibility, shared=shared)


def _of_role(role: Role) -> str:
    """The subject of whoever holds a token of a role."""
    return f"demo-{role.value.lower()}"
