"""The file of issuers: who may vouch for front-end users, and what their claims mean here."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jmespath
import msgspec
import yaml
from jmespath.exceptions import JMESPathError
from msgspec import Struct

from capabilities.caller import Role
from capabilities.errors import BadInput

ALGORITHMS = ("RS256", "ES256", "EdDSA")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class OwnMembership(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a consumer's own membership stands: a channel, and the claim of her number in it."""

    channel: str
    number: str


class Issuer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One issuer. Claims are JMESPath; `roles` names ours for theirs, the first that fits wins."""

    issuer: str
    keys: str
    audience: str
    roles: dict[str, Role]
    algorithms: tuple[str, ...] = ("RS256",)
    leeway_seconds: float = 30.0
    subject: str = "sub"
    role: str = "role"
    brand: str | None = None
    stores: str = "stores"
    channels: str = "channels"
    member: OwnMembership | None = None

    @property
    def claims(self) -> tuple[str, ...]:
        """Every path that is read of a token."""
        number = () if self.member is None else (self.member.number,)
        brand = () if self.brand is None else (self.brand,)
        return (self.subject, self.role, self.stores, self.channels, *number, *brand)


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    issuers: tuple[Issuer, ...]


def read_issuers(path: Path | None) -> tuple[Issuer, ...]:
    """The issuers of a file; BadInput says what is wrong with it."""
    if path is None:
        return ()
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), _File).issuers
    except (OSError, UnicodeDecodeError) as exc:
        raise _wrong("it cannot be read") from exc
    except (yaml.YAMLError, msgspec.ValidationError) as exc:
        raise _wrong(str(exc)) from exc
    for one in found:
        _check(one)
    if len({one.issuer for one in found}) != len(found):
        raise _wrong("one issuer stands twice")
    return found


def _check(one: Issuer) -> None:
    place = urlsplit(one.keys)
    if place.scheme != "https" and place.hostname not in _LOOPBACK:
        raise _wrong(f"the keys of {one.issuer} do not come over https")
    if not one.algorithms or not set(one.algorithms) <= set(ALGORITHMS):
        raise _wrong(f"algorithms of {one.issuer} are of {', '.join(ALGORITHMS)}")
    if not one.roles:
        raise _wrong(f"{one.issuer} vouches for no role")
    if Role.CONSUMER in one.roles.values() and one.member is None:
        raise _wrong(f"{one.issuer} does not say which membership is a consumer's own")
    if not 0 <= one.leeway_seconds <= 300:  # noqa: PLR2004 - clocks further off are broken
        raise _wrong("`leeway_seconds` is 0 to 300")
    for claim in one.claims:
        try:
            jmespath.compile(claim)
        except JMESPathError as exc:
            raise _wrong(f"{claim!r} of {one.issuer} is no JMESPath") from exc


def _wrong(told: Any) -> BadInput:
    return BadInput(f"the file of issuers: {told}", code="ISSUERS_INVALID")
