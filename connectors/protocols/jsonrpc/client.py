"""JSON-RPC over the wire: a logon that all calls share, and searches that read."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from capabilities.errors import ChannelError, Denied, Garbled
from capabilities.estate import Limits
from connectors._kit import Answer, Decoder, Reading, Wire, failure, result
from connectors._kit.renewed import Renewed
from connectors._kit.strict_json import of_shape, of_text
from connectors.protocols.jsonrpc.convention import Convention, Login, Read, Request, Session
from connectors.protocols.meanings import fault_of

_HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
_READING = Reading(error_code=())
_BODY = Decoder(dict[str, Any])
_SPEC_ERRORS = range(-32700, -32599)
_DENIED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


class JsonRpcClient:
    """One database of one system; `table` says what the names of its errors mean."""

    def __init__(
        self, wire: Wire, convention: Convention, login: Login, table: Mapping[str, str]
    ) -> None:
        self._wire = wire
        self._convention = convention
        self._login = login
        self._table = table
        self._renewed = Renewed(self._log_on)

    @property
    def limits(self) -> Limits:
        """What its connector may ask."""
        return self._wire.limits

    @property
    def convention(self) -> Convention:
        """How the system wants to be called."""
        return self._convention

    async def rows(self, read: Read) -> list[Any]:
        """The rows of one search, as plain values; none where a record is said to be missing."""
        session = await self._logged_on()
        try:
            return await self._rows(read, session)
        except _Ended:
            # What was ended meanwhile is renewed once; a second refusal is final.
            self._renewed.drop(session)
        try:
            return await self._rows(read, await self._logged_on())
        except _Ended as exc:
            raise Denied("the system refuses its own session", source=self._source) from exc

    def typed(self, rows: Sequence[Any], row_type: Any) -> list[Any]:
        """Rows as the mapping reads them; Garbled where they are of another shape."""
        try:
            found: list[Any] = msgspec.convert(rows, list[row_type], dec_hook=of_text)
        except msgspec.ValidationError as exc:
            fault = of_shape(exc, self._source)
        else:
            return found
        raise fault

    @property
    def _source(self) -> str:
        return self._wire.source

    async def _rows(self, read: Read, session: Session) -> list[Any]:
        request = self._convention.read(self._login, session, read)
        found = await self._call(request, session=session)
        if found is _MISSING:
            return []
        if not isinstance(found, list):
            raise Garbled("the answer to a search is no list", source=self._source)
        return [self._convention.row(one) for one in found]

    # The session

    async def _logged_on(self) -> Session:
        """The session in force; whoever needs it first logs on, the others wait for that.

        After a logon was refused nobody tries again until a person resumes.
        """
        async with self._wire.latch.passing():
            token = await self._renewed.current()
        if not isinstance(token, Session):
            raise TypeError("a token that no logon of ours gave")
        return token

    async def _log_on(self) -> Session:
        given = await self._call(self._convention.logon(self._login), session=None)
        session = self._convention.session(given)
        if session is None:
            raise self._refused()
        self._wire.latch.prove()
        return session

    def _refused(self) -> Denied:
        self._wire.latch.trip()
        return Denied("the system refuses the logon", source=self._source)

    # One call

    async def _call(self, request: Request, *, session: Session | None) -> Any:
        """The result of a call; an error in place of one is ours."""
        answer = await self._wire.call(
            "POST",
            request.path,
            headers={**_HEADERS, **request.headers},
            content=msgspec.json.encode(request.body),
            reads=session is not None,
        )
        if answer.status in _DENIED:
            self._check_denied(answer, session)
        body = result(answer, _BODY, _READING, self._source)
        if (error := body.get("error")) is not None:
            fault = self._fault(error)
            if fault is None:
                return _MISSING
            raise fault
        if "result" not in body:
            raise Garbled("the answer has neither result nor error", source=self._source)
        return body["result"]

    def _check_denied(self, answer: Answer, session: Session | None) -> None:
        if session is None:
            raise self._refused()
        if answer.status == HTTPStatus.UNAUTHORIZED and self._convention.sessions_end:
            raise _Ended
        raise failure(answer, _READING, self._source)

    def _fault(self, error: Any) -> ChannelError | None:
        """Our error; None where it says that a record is not there."""
        name = self._convention.code(error)
        code = error.get("code") if isinstance(error, dict) else None
        meaning = self._table.get(name or "", "refused")
        if code in _SPEC_ERRORS:
            meaning, name = "refused", str(code)
        if meaning == "not_found":
            return None
        if meaning == "unauthenticated":
            return self._refused()
        return fault_of(meaning, name, self._source)


_MISSING = object()


class _Ended(Exception):
    """A session is no longer taken."""
