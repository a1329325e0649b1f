"""Tryton: a door for each database, a session in a header, typed values inside JSON."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from msgspec import Struct

from connectors._kit import Secret
from connectors.protocols.jsonrpc.convention import Login, Read, Request, Session

CODES: Mapping[str, str] = {
    "LoginException": "unauthenticated",
    "UserError": "refused",
    "UserWarning": "refused",
    "ConcurrencyException": "unavailable",
    "RateLimitException": "throttled",
    "TimeOutException": "unavailable",
}


class Tryton(Struct, frozen=True):
    """Methods of models by name; fields behind others are read along by their whole path."""

    path: str = "{database}/rpc/"

    @property
    def sessions_end(self) -> bool:
        """After some minutes without a call."""
        return True

    def logon(self, login: Login) -> Request:
        """User id and session for name and password."""
        params = [login.user, {"password": login.password.reveal()}, "en"]
        return self._call(login, "common.db.login", params)

    def session(self, result: Any) -> Session | None:
        """A wrong password is status 401, which never comes here."""
        if not isinstance(result, list) or len(result) < 2:  # noqa: PLR2004 - id and session
            return None
        user, token = result[0], result[1]
        if type(user) is not int or not isinstance(token, str):
            return None
        return Session(Secret(token), user=user)

    def read(self, login: Login, session: Session, read: Read) -> Request:
        """`search_read` with all paths."""
        order = [[name, way.upper()] for name, way in read.order]
        params = [list(read.domain), 0, read.limit, order, sorted(read.fields), dict(read.context)]
        shown = f"{login.user}:{session.user}:{session.secret.reveal()}".encode()
        headers = {"Authorization": f"Session {b64encode(shown).decode()}"}
        return self._call(login, f"model.{read.model}.search_read", params, headers)

    def code(self, error: Any) -> str | None:
        """The first of an error's parts; what is no class name there is a message."""
        name = error[0] if isinstance(error, list) and error else None
        return name if isinstance(name, str) and name in CODES else None

    def row(self, raw: Any) -> Any:
        """A row with its typed values as such, and what stands under `name.` under `name`."""
        if isinstance(raw, list):
            return [self.row(one) for one in raw]
        if not isinstance(raw, dict):
            return raw
        if "__class__" in raw:
            return _typed(raw)
        found = {name: self.row(value) for name, value in raw.items() if not name.endswith(".")}
        for name, value in raw.items():
            if name.endswith("."):
                found[name[:-1]] = self.row(value)
        return found

    def moment(self, value: datetime) -> Any:
        """UTC without saying so."""
        at = value.astimezone(UTC)
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{name: getattr(at, name) for name in names}}

    def day(self, value: date) -> Any:
        """Its parts."""
        parts = {"year": value.year, "month": value.month, "day": value.day}
        return {"__class__": "date", **parts}

    def _call(
        self, login: Login, method: str, params: list[Any], headers: Mapping[str, str] | None = None
    ) -> Request:
        path = self.path.replace("{database}", login.database)
        return Request(path, {"id": 1, "method": method, "params": params}, headers or {})


def _typed(raw: Mapping[str, Any]) -> Any:
    """A value that says its class; times become text, for the manifest knows their zone."""
    kind = raw["__class__"]
    if kind == "Decimal":
        return Decimal(str(raw["decimal"]))
    if kind == "datetime":
        day = date(int(raw["year"]), int(raw["month"]), int(raw["day"]))
        hour, minute, second = int(raw["hour"]), int(raw["minute"]), int(raw["second"])
        at = time(hour, minute, second, int(raw["microsecond"]))
        return datetime.combine(day, at).isoformat()
    if kind == "date":
        return date(int(raw["year"]), int(raw["month"]), int(raw["day"])).isoformat()
    if kind == "timedelta":
        return raw["seconds"]
    return raw.get("base64")
