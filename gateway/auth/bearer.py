"""The bearer token of an HTTP request, from its Authorization header."""

from capabilities.errors import Unauthenticated

_LONGEST = 8_192


def bearer_token(authorization: str | None) -> str:
    """The token of a header, not yet verified; Unauthenticated where there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send a token: Authorization: Bearer …")
    if len(token) > _LONGEST:
        raise Unauthenticated("the bearer token is not valid here, or no longer")
    return token
