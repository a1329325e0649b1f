"""Odoo: one door for everything, the credential among the arguments, false in place of null."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct

from connectors._kit import Secret
from connectors.protocols.jsonrpc.convention import Login, Read, Request, Session

# What servers of this kind raise, by the last part of its name.
CODES: Mapping[str, str] = {
    "AccessDenied": "unauthenticated",
    "SessionExpiredException": "unauthenticated",
    "AccessError": "denied",
    "MissingError": "not_found",
    "UserError": "refused",
    "ValidationError": "refused",
    "RedirectWarning": "refused",
    "TooManyRequests": "throttled",
    "OperationalError": "unavailable",
    "InterfaceError": "unavailable",
    "SerializationFailure": "unavailable",
    "PoolError": "unavailable",
}


class Odoo(Struct, frozen=True):
    """`execute_kw` with database, user id and key before all other arguments."""

    path: str = "jsonrpc"

    @property
    def sessions_end(self) -> bool:
        """The user's id holds for ever."""
        return False

    def logon(self, login: Login) -> Request:
        """The user's id for name and key."""
        return self._call(
            "common", "authenticate", [login.database, login.user, login.password.reveal(), {}]
        )

    def session(self, result: Any) -> Session | None:
        """False in place of an id refuses."""
        if type(result) is not int or result <= 0:
            return None
        return Session(Secret(str(result)), user=result)

    def read(self, login: Login, session: Session, read: Read) -> Request:
        """`search_read`; only the first step of a path is a field that it knows."""
        how: dict[str, Any] = {
            "fields": sorted({path.partition(".")[0] for path in read.fields}),
            "context": dict(read.context),
        }
        if read.limit is not None:
            how["limit"] = read.limit
        if read.order:
            how["order"] = ", ".join(f"{name} {way.lower()}" for name, way in read.order)
        who = [login.database, session.user, login.password.reveal()]
        asked = [read.model, "search_read", [list(read.domain)], how]
        return self._call("object", "execute_kw", [*who, *asked])

    def code(self, error: Any) -> str | None:
        """The last part of the exception's name."""
        inner = error.get("data") if isinstance(error, dict) else None
        name = inner.get("name") if isinstance(inner, dict) else None
        return name.rpartition(".")[2] if isinstance(name, str) else None

    def row(self, raw: Any) -> Any:
        """A row with null where false stands for it."""
        if raw is False:
            return None
        if isinstance(raw, dict):
            return {name: self.row(value) for name, value in raw.items()}
        return [self.row(one) for one in raw] if isinstance(raw, list) else raw

    def moment(self, value: datetime) -> str:
        """UTC without saying so, in seconds."""
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

    def day(self, value: date) -> str:
        """ISO."""
        return value.isoformat()

    def _call(self, service: str, method: str, arguments: list[Any]) -> Request:
        params = {"service": service, "method": method, "args": arguments}
        return Request(self.path, {"jsonrpc": "2.0", "method": "call", "params": params, "id": 1})
