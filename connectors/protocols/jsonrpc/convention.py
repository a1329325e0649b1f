"""How a system wants to be called: what differs between conventions of JSON-RPC, as one value."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from msgspec import Struct

from connectors._kit import Secret
from connectors._kit.renewed import Token

Domain = Sequence[Any]


class Session(Token, frozen=True, eq=False, kw_only=True):
    """What a logon gave: the user's id, and a secret that hides itself."""

    user: int


class Login(Struct, frozen=True):
    """Who calls, and where."""

    database: str
    user: str
    password: Secret


class Read(Struct, frozen=True, kw_only=True):
    """A search that reads; fields by their whole paths."""

    model: str
    fields: tuple[str, ...]
    domain: Domain
    order: Sequence[tuple[str, str]] = ()
    limit: int | None = None
    context: Mapping[str, Any] = {}


class Request(Struct, frozen=True):
    """One call: a path below the address, what its body holds, headers of its own."""

    path: str
    body: Any
    headers: Mapping[str, str] = {}


class Convention(Protocol):
    """One system's way."""

    @property
    def sessions_end(self) -> bool:
        """Whether a session ends by itself: then a refused call logs on anew, once."""

    def logon(self, login: Login) -> Request:
        """The call that logs on."""

    def session(self, result: Any) -> Session | None:
        """What the logon gave; None where it was refused."""

    def read(self, login: Login, session: Session, read: Read) -> Request:
        """The call that reads."""

    def code(self, error: Any) -> str | None:
        """The name of an error."""

    def row(self, raw: Any) -> Any:
        """A row as its fields mean it: JSON's own values, with times as text."""

    def moment(self, value: datetime) -> Any:
        """A moment as a condition holds it."""

    def day(self, value: date) -> Any:
        """A day as a condition holds it."""
