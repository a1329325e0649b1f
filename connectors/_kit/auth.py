"""Ways to show who calls, as values. They become headers only on the connector's own origin."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from connectors._kit.secrets import Secret


class Auth(Protocol):
    """What goes along with every request."""

    @property
    def logs_on(self) -> bool:
        """Whether a wrong credential may lock a user of the system."""

    def headers(self) -> Mapping[str, str]:
        """The headers that prove who calls."""


class NoAuth(Struct, frozen=True):
    """Nothing is shown."""

    @property
    def logs_on(self) -> bool:
        """There is no user to lock."""
        return False

    def headers(self) -> Mapping[str, str]:
        """No header."""
        return {}


class Basic(Struct, frozen=True):
    """User and password, in UTF-8."""

    user: str
    password: Secret

    @property
    def logs_on(self) -> bool:
        """Old systems lock a user after a few wrong passwords."""
        return True

    def headers(self) -> Mapping[str, str]:
        """RFC 7617."""
        pair = f"{self.user}:{self.password.reveal()}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}


class Bearer(Struct, frozen=True):
    """A token."""

    token: Secret

    @property
    def logs_on(self) -> bool:
        """A refused token is a failed logon too."""
        return True

    def headers(self) -> Mapping[str, str]:
        """RFC 6750."""
        return {"Authorization": f"Bearer {self.token.reveal()}"}


class ApiKey(Struct, frozen=True):
    """A key in a header of the system's choice."""

    header: str
    key: Secret

    @property
    def logs_on(self) -> bool:
        """A refused key is a failed logon too."""
        return True

    def headers(self) -> Mapping[str, str]:
        """One header."""
        return {self.header: self.key.reveal()}
