"""The inbox of one process: a signed batch becomes rows of the copy, once."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct
from structlog import get_logger

from capabilities.copied import Copied, OutOfTurn, Receipt
from capabilities.errors import BadInput, SantongError
from connectors.connector import Connector
from gateway.inbox.head import Head, is_signed, read_head
from gateway.inbox.pace import Pace
from gateway.inbox.refusals import InboxRefused
from gateway.inbox.taking import Source, take
from store.senders import Senders

_log = get_logger("inbox")
WINDOW_SECONDS = 300
_AT_ONCE = 8
# What is compared with where nobody of this name may send.
_NOBODY = "\0nobody"

Find = Callable[[str], Connector | None]
Count = Callable[[str, str, int, int], None]


class Envelope(Struct, frozen=True):
    """A request as it stands outside of its body."""

    connector: str
    method: str
    path: str
    batch: str
    signature: str


class Inbox:
    """Takes batches; `find` gives a connector that takes rows, `count` hears of each outcome."""

    def __init__(
        self, senders: Senders, copied: Copied, find: Find, pace: Pace, count: Count
    ) -> None:
        self._senders = senders
        self._copied = copied
        self._find = find
        self._pace = pace
        self._count = count
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def receive(
        self, envelope: Envelope, body: Callable[[], Awaitable[bytes]], now: float | None = None
    ) -> Receipt:
        """What became of the batch; InboxRefused or BadInput where it was not taken.

        The body is read only for who signed its head, and before anything else is refused: a
        sender that is cut off while it sends would never hear why.
        """
        if self._places.locked():
            raise _too_fast(1.0)
        async with self._places:
            head = read_head(envelope.batch)
            source = await self._sender(envelope, head)
            try:
                text = await body()
                self._check_clock(head, time.time() if now is None else now)
                outcome = await self._accepted(source, head, text)
                if isinstance(outcome, OutOfTurn):
                    raise _out_of_turn(outcome)
            except SantongError as exc:
                self._count(source.connector, exc.code, 0, 0)
                _tell(source, head, exc.code)
                raise
            self._taken(source, head, outcome)
            return outcome

    async def _accepted(self, source: Source, head: Head, text: bytes) -> Receipt | OutOfTurn:
        connector = self._find(source.connector)
        if connector is None:
            message = "this connector takes no rows, or is not in force"
            raise InboxRefused(message, code="INBOX_CONNECTOR", status=404, retryable=True)
        if (seconds := self._pace.wait((source.connector, head.sender))) > 0:
            raise _too_fast(seconds)
        # Apart from the loop that answers everyone: thousands of rows take a while to map.
        batch = await asyncio.to_thread(take, source, head, connector.tables, text)
        return await self._copied.accept(batch)

    async def _sender(self, envelope: Envelope, head: Head) -> Source:
        """Who signed; one refusal for a name that is not known and for a wrong signature."""
        found = await self._senders.key_of(envelope.connector, head.sender)
        key, stores = found or (_NOBODY, frozenset[str]())
        proven = is_signed(key, envelope.signature, envelope.method, envelope.path, envelope.batch)
        if not proven or found is None:
            self._count(envelope.connector if found else "", "INBOX_SIGNATURE", 0, 0)
            message = "the batch is not signed by a sender of this connector"
            raise InboxRefused(message, code="INBOX_SIGNATURE", status=401)
        return Source(envelope.connector, stores)

    def _check_clock(self, head: Head, now: float) -> None:
        if abs(now - head.time) > WINDOW_SECONDS:
            message = f"the sender's clock is more than {WINDOW_SECONDS} seconds away from ours"
            raise InboxRefused(message, code="INBOX_CLOCK", status=401, retryable=True)

    def _taken(self, source: Source, head: Head, receipt: Receipt) -> None:
        word, fresh = ("again", 0) if receipt.again else ("taken", 1)
        accepted, quarantined = receipt.accepted, receipt.quarantined
        self._count(source.connector, word, accepted * fresh, quarantined * fresh)
        _tell(source, head, word, rows=accepted, quarantined=quarantined)


def _tell(source: Source, head: Head, outcome: str, **counts: int) -> None:
    _log.info(
        "batch",
        connector=source.connector,
        sender=head.sender,
        table=head.table,
        sequence=head.sequence,
        outcome=outcome,
        **counts,
    )


def _out_of_turn(outcome: OutOfTurn) -> InboxRefused:
    told = {"wanted": outcome.wanted, "lastKey": outcome.last_key}
    if outcome.taken:
        message = "this sequence stands for another batch"
        return InboxRefused(
            message, code="INBOX_SEQUENCE_USED", status=409, retryable=True, told=told
        )
    message = "batches are missing before this one"
    return InboxRefused(message, code="INBOX_GAP", status=409, retryable=True, told=told)


def _too_fast(seconds: float) -> InboxRefused:
    return InboxRefused(
        "this is more than a sender may send",
        code="INBOX_TOO_FAST",
        status=429,
        retryable=True,
        told={"retryAfter": math.ceil(seconds)},
    )


def status_of(error: BadInput) -> int:
    """The HTTP status of a batch that is not what its head says, or has none."""
    return 422 if error.code == "INBOX_TABLE" else 400
