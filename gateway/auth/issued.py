"""Tokens of outside issuers: whose signature counts is decided by settings, never by the token."""

from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import jmespath
import jwt

from capabilities.caller import Caller, MembershipKey, Role, Visibility
from capabilities.errors import Unauthenticated
from gateway.auth.issuers_file import Issuer
from gateway.auth.key_set import KeySet

_INVALID = "the bearer token is not valid here, or no longer"
_LONGEST_CLAIM = 200
_MOST_VALUES = 1_000


class Issuers:
    """The issuers of one gateway; they vouch for callers of its brand."""

    def __init__(self, issuers: Sequence[Issuer], brand: str) -> None:
        self._client = httpx.AsyncClient(follow_redirects=False, trust_env=False)
        self._brand = brand
        self._known = {one.issuer: (one, KeySet(one.keys, self._client)) for one in issuers}

    def has(self, token: str) -> bool:
        """Whether a token says that it comes from one of them; nothing is verified yet."""
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except jwt.InvalidTokenError:
            return False
        return claims.get("iss") in self._known

    async def verified(self, token: str) -> tuple[Caller, float]:
        """The caller of a token and the second of its expiry; Unauthenticated for any fault."""
        try:
            named = jwt.decode(token, options={"verify_signature": False}).get("iss")
            issuer, keys = self._known[str(named)]
            head = jwt.get_unverified_header(token)
            key = await keys.key(head.get("kid"))
            if key is None or key.algorithm_name not in issuer.algorithms or "crit" in head:
                raise Unauthenticated(_INVALID)
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=issuer.audience,
                issuer=issuer.issuer,
                leeway=issuer.leeway_seconds,
                options={"require": ["exp", "iat"]},
            )
            return self._caller(issuer, claims), float(claims["exp"])
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError) as exc:
            raise Unauthenticated(_INVALID) from exc

    async def aclose(self) -> None:
        """Close what fetches keys."""
        for _, keys in self._known.values():
            await keys.aclose()
        await self._client.aclose()

    def _caller(self, issuer: Issuer, claims: Mapping[str, Any]) -> Caller:
        if issuer.brand is not None and jmespath.search(issuer.brand, claims) != self._brand:
            raise ValueError("a token of another brand")
        role = _role(issuer, claims)
        stores = _values(jmespath.search(issuer.stores, claims))
        channels = _values(jmespath.search(issuer.channels, claims))
        if role is Role.GUIDE and not stores:
            raise ValueError("a guide without stores")
        if role is not Role.GUIDE and stores is not None:
            raise ValueError("only a guide is bound to stores: this role would see all of them")
        visibility = Visibility(
            role=role,
            brand=self._brand,
            stores=stores,
            channels=channels,
            member=_member(issuer, claims) if role is Role.CONSUMER else None,
        )
        subject = f"{issuer.issuer}#{_text(jmespath.search(issuer.subject, claims))}"
        return Caller(subject=subject, visibility=visibility, shared=_of_program(claims))


def _of_program(claims: Mapping[str, Any]) -> bool:
    """Whether a token is a program's own: whoever has the program's secret has it.

    Issuers say so in several ways: its subject is the client itself (RFC 9068), or a claim.
    """
    subject = claims.get("sub")
    client = claims.get("client_id") or claims.get("azp") or claims.get("appid")
    own = client is not None and subject in (client, f"{client}@clients")
    named = str(claims.get("preferred_username", "")).startswith("service-account-")
    kind = claims.get("idtyp") == "app" or claims.get("gty") == "client-credentials"
    return own or named or kind


def _role(issuer: Issuer, claims: Mapping[str, Any]) -> Role:
    told = jmespath.search(issuer.role, claims)
    theirs = told if isinstance(told, list) else [told]
    found = next((ours for name, ours in issuer.roles.items() if name in theirs), None)
    if found is None:
        raise ValueError("a token without a role")
    return found


def _member(issuer: Issuer, claims: Mapping[str, Any]) -> MembershipKey:
    own = issuer.member
    if own is None:
        raise ValueError("a consumer without a membership")
    return MembershipKey(own.channel, _text(jmespath.search(own.number, claims)))


def _values(told: Any) -> frozenset[str] | None:
    """The values of a claim, None where there is none; an empty list is bound to nothing."""
    if told is None:
        return None
    if not isinstance(told, list) or len(told) > _MOST_VALUES:
        raise TypeError("a claim that is no list")
    return frozenset(map(_text, told))


def _text(told: Any) -> str:
    if not isinstance(told, str | int) or isinstance(told, bool):
        raise TypeError("a claim that is no text")
    text = str(told)
    if not text or len(text) > _LONGEST_CLAIM:
        raise ValueError("a claim without a value")
    return text
