"""SOAP over the wire: operations, a session that they share, faults that become ours."""

import contextlib
from collections.abc import Mapping
from http import HTTPStatus

from lxml import etree
from msgspec import Struct

from capabilities.errors import ChannelError, Denied, Garbled, Unavailable
from capabilities.estate import Limits
from connectors._kit import Answer, Reading, Secret, Wire, failure
from connectors._kit.outcome import ill
from connectors._kit.pool import Answered
from connectors._kit.renewed import Renewed, Token
from connectors._kit.xml_rows import elements_at
from connectors.protocols.meanings import fault_of
from connectors.protocols.soap.envelope import Fault, Version, answered, headers, written
from connectors.protocols.soap.template import Template, Value

_READING = Reading(error_code=())
_HEALTH = ("unavailable", "throttled")
# What the versions themselves call whose fault it is.
COMMON: Mapping[str, str] = {
    "Client": "refused",
    "Sender": "refused",
    "Server": "unavailable",
    "Receiver": "unavailable",
    "MustUnderstand": "refused",
    "VersionMismatch": "refused",
    "DataEncodingUnknown": "refused",
}


class Operation(Struct, frozen=True):
    """One question: the operation's name, its body, and where its rows are in the response."""

    name: str
    body: Template
    rows: str = ""


class Login(Struct, frozen=True):
    """The operation that opens a session, its values, and where the session's id is."""

    operation: Operation
    values: Mapping[str, Secret]


class Speech(Struct, frozen=True, kw_only=True):
    """How a service wants to be called."""

    path: str
    version: Version
    namespace: str
    action: str
    faults: Mapping[str, str]
    login: Login | None = None
    header: Template | None = None
    header_values: Mapping[str, Secret] = {}

    def meaning(self, fault: Fault) -> tuple[str, str | None]:
        """What a fault means, by the most special code that is known."""
        for code in fault.codes:
            if code in self.faults:
                return self.faults[code], code
        return "refused", fault.codes[0] if fault.codes else None


class SoapClient:
    """One service."""

    def __init__(self, wire: Wire, speech: Speech) -> None:
        self._wire = wire
        self._speech = speech
        self._renewed = Renewed(self._log_on)

    @property
    def limits(self) -> Limits:
        """What its connector may ask."""
        return self._wire.limits

    async def call(
        self, operation: Operation, values: Mapping[str, Value]
    ) -> etree._Element | None:
        """The response's element; None where the service says that there is no such thing.

        A session that ended meanwhile is opened anew, once; a logon that is refused is the last.
        """
        if self._speech.login is None:
            return await self._asked(operation, values, logs_on=False)
        token = await self._session()
        try:
            return await self._asked(operation, _with(values, token), logs_on=False)
        except _Ended:
            self._renewed.drop(token)
        try:
            return await self._asked(operation, _with(values, await self._session()), logs_on=False)
        except _Ended:
            pass
        raise Denied("the service refuses its own session", source=self._source)

    @property
    def _source(self) -> str:
        return self._wire.source

    async def _session(self) -> Token:
        async with self._wire.latch.passing():
            return await self._renewed.current()

    async def _log_on(self) -> Token:
        login = self._speech.login
        if login is None:
            raise TypeError("a session without its logon")
        values = {name: secret.reveal() for name, secret in login.values.items()}
        response = await self._asked(login.operation, values, logs_on=True)
        at = [] if response is None else elements_at(response, login.operation.rows)
        text = (at[0].text or "").strip() if at else ""
        if not text:
            raise self._refused()
        self._wire.latch.prove()
        return Token(Secret(text))

    async def _asked(
        self, operation: Operation, values: Mapping[str, Value], *, logs_on: bool
    ) -> etree._Element | None:
        speech = self._speech
        shown = {name: secret.reveal() for name, secret in speech.header_values.items()}
        header = speech.header.filled({**shown, **values}) if speech.header is not None else []
        name = f"{{{speech.namespace}}}{operation.name}" if speech.namespace else operation.name
        content = written(speech.version, name, operation.body.filled(values), header)
        action = speech.action.replace("{operation}", operation.name)
        answer = await self._wire.call(
            "POST",
            speech.path,
            headers=headers(speech.version, action),
            content=content,
            reads=not logs_on,
        )
        return self._read(answer, logs_on=logs_on)

    def _read(self, answer: Answer, *, logs_on: bool) -> etree._Element | None:
        forbids = answer.status == HTTPStatus.FORBIDDEN and logs_on
        if answer.status == HTTPStatus.UNAUTHORIZED or forbids:
            raise self._refused()
        is_good = answer.status in (HTTPStatus.OK, HTTPStatus.ACCEPTED)
        most = self.limits.max_body_bytes
        found = answered(answer, self._source, most) if is_good else self._faulty(answer)
        if not isinstance(found, Fault):
            return found
        meaning, code = self._speech.meaning(found)
        if meaning == "not_found":
            return None
        if meaning == "unauthenticated":
            if logs_on or self._speech.login is None:
                raise self._refused()
            raise _Ended
        raise fault_of(meaning, code, self._source)

    def _faulty(self, answer: Answer) -> Fault:
        """The fault that came with a status of its own; else the error that the status is."""
        with contextlib.suppress(Garbled):
            found = answered(answer, self._source, self.limits.max_body_bytes)
            if isinstance(found, Fault):
                return found
        raise failure(answer, _READING, self._source)

    def _refused(self) -> ChannelError:
        self._wire.latch.trip()
        return Denied("the service refuses the logon", source=self._source)


class _Ended(Exception):
    """A session is no longer taken."""


def _with(values: Mapping[str, Value], token: Token) -> dict[str, Value]:
    return {**values, "session": token.secret.reveal()}


def health_of(speech: Speech, most: int, got: Answered, source: str) -> Unavailable | None:
    """What an answer says of the service's health: version 1.1 sends every fault with 500."""
    status, fields, body = got
    fault = ill(status, fields, source)
    if fault is None:
        return None
    answer = Answer(status=status, headers=fields, body=body, elapsed_ms=0)
    try:
        found = answered(answer, source, most)
    except Garbled:
        return fault
    if not isinstance(found, Fault):
        return fault
    return fault if speech.meaning(found)[0] in _HEALTH else None
