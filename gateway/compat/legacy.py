"""The shop itself, asked in its own words: its rows as they are, and what they are in ours."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from msgspec import Struct

from capabilities.errors import Garbled
from capabilities.estate import Capability
from capabilities.member.claims import canonical_address
from capabilities.member.person import phone_identity
from capabilities.member.phone import normalise_phone
from capabilities.member.records import Contact, Identity, IdentityKind, Membership
from capabilities.sources import SourceRef
from connectors._kit.answer import Answer
from connectors._kit.outcome import Reading, check_media, failure
from connectors.connector import Connector
from gateway.compat.questions import Question, Resource, is_relayed
from gateway.compat.wire import CompatRefused
from gateway.federation.asking import Request
from gateway.federation.estate import Connection, broken

Row = dict[str, Any]
_READING = Reading()
_PORT = "verbatim"
# What of an order is its buyer's.
_PERSONAL = ("billing", "shipping", "customer_note", "meta_data", "customer_ip_address")
_LONGEST = 10_000
_NAMED_BY = ("username", "phone", "email")


class Shown(Struct, frozen=True, kw_only=True):
    """Rows of one answer, each beside its record; `body` is the answer itself where all are shown.

    A record is None where its row is of no channel of the connector.
    """

    rows: Sequence[Row]
    records: Sequence[Any]
    body: bytes | None
    total: int | None = None
    pages: int | None = None


class LegacyShop:
    """One shop for one request: inside its load agreement, and without whom was erased here."""

    def __init__(self, request: Request, connection: Connection) -> None:
        self._request = request
        self._connection = connection
        if connection.connector is None:
            raise broken(connection)
        self._connector: Connector = connection.connector

    async def ask(self, question: Question) -> Shown:
        """The shop's answer; a refusal of its own is its client's to know."""
        self._request.reached.update(self._connection.reached(question.resource.capability))
        answer = await self._asked(question.path, question.query)
        check_media(answer, _READING, self._connection.name)
        records = self._connector.made_of(question.resource.section, answer.body)
        whole = orjson.loads(answer.body)
        rows = whole if isinstance(whole, list) else [whole]
        kept = [
            (row, record)
            for row, record in zip(rows, records, strict=True)
            if not self._hidden(question.resource, row, record)
        ]
        cleared = [self._cleared(question.resource, row) for row, _ in kept]
        same = len(kept) == len(rows) and all(
            one is row for one, (row, _) in zip(cleared, kept, strict=True)
        )
        return Shown(
            rows=cleared,
            records=[record for _, record in kept],
            body=answer.body if same else None,
            total=_count(answer.headers, "x-wp-total"),
            pages=_count(answer.headers, "x-wp-totalpages"),
        )

    async def _asked(self, path: str, query: Sequence[tuple[str, str]]) -> Answer:
        connector = self._connector
        answer, _ = await self._request.call(
            self._connection, _PORT, lambda: connector.verbatim(path, query)
        )
        if answer.status != HTTPStatus.OK:
            raise self._failed(answer)
        return answer

    def _failed(self, answer: Answer) -> Exception:
        told = _refusal(answer) if is_relayed(answer.status) else None
        if told is not None:
            return told
        return failure(answer, _READING, self._connection.name)

    def _hidden(self, resource: Resource, row: Row, record: Any) -> bool:
        """Whether a customer was erased, also one of no channel of ours."""
        if resource.capability is not Capability.MEMBER:
            return False
        return self._request.hides(record or self._person(str(row.get("id")), [row]))

    def _cleared(self, resource: Resource, row: Row) -> Row:
        """An order without its buyer where she was erased.

        Who was deleted in the shop is a guest on her orders from then on, and her addresses stay.
        """
        if resource.capability is not Capability.ORDER:
            return row
        told = [one for name in ("billing", "shipping") if isinstance(one := row.get(name), dict)]
        buyer = self._person(str(row.get("customer_id") or ""), told)
        if not self._request.hides(buyer):
            return row
        return {name: value for name, value in row.items() if name not in _PERSONAL}

    def _person(self, number: str, told: Sequence[Row]) -> Membership:
        """Somebody by what names her in a row, whether the shop has proven it or not."""
        (channel, *_) = self._connection.channels(Capability.MEMBER) or ("",)
        source = SourceRef(
            connector=self._connection.name,
            system=self._connection.spec.system,
            external_id=number,
        )
        contact = Contact(identities=tuple(_naming(told)))
        return Membership(channel=channel, number=number, contact=contact, source=source)


def _naming(told: Sequence[Row]) -> Iterator[Identity]:
    """Phones and addresses, in the form in which people are erased by them."""
    for row in told:
        texts = {name: one for name in _NAMED_BY if isinstance(one := row.get(name), str)}
        for name in ("username", "phone"):
            if (phone := normalise_phone(texts.get(name, ""))) is not None:
                yield phone_identity(phone)
        if (email := canonical_address(texts.get("email", ""))) is not None:
            yield Identity(IdentityKind.EMAIL, "", email)


def _refusal(answer: Answer) -> CompatRefused | None:
    """What the shop itself said; None where it is not in its own form."""
    try:
        told = orjson.loads(answer.body)
    except ValueError:
        return None
    if not isinstance(told, dict) or len(answer.body) > _LONGEST:
        return None
    word, message = told.get("code"), told.get("message")
    if not isinstance(word, str) or not isinstance(message, str):
        return None
    return CompatRefused(answer.status, word, message, answer.body)


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise Garbled("the shop counts its rows in no number")
    return int(text)
