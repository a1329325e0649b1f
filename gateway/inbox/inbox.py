"""The inbox of one process: signed batches become rows of the copy, signed parts become files."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct
from structlog import get_logger

from capabilities.copied import Copied, OutOfTurn, Receipt
from capabilities.errors import BadInput, SantongError
from connectors.connector import Connector
from gateway.inbox.head import FileHead, Head, is_signed, read_head
from gateway.inbox.pace import Pace
from gateway.inbox.parts import FileReceipt, Parts
from gateway.inbox.refusals import InboxRefused, too_fast
from gateway.inbox.taking import Source, take
from store.copied.senders import Senders

_log = get_logger("inbox")
WINDOW_SECONDS = 300
_AT_ONCE = 8
_NOT_FOR_US = ("INBOX_TABLE", "INBOX_FILE_NAME")
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
    """Takes batches and parts of files; `find` gives a connector that takes them.

    `count` hears of each outcome of a batch.
    """

    def __init__(
        self, senders: Senders, copied: Copied, find: Find, pace: Pace, parts: Parts, count: Count
    ) -> None:
        self._senders = senders
        self._copied = copied
        self._find = find
        self._pace = pace
        self._parts = parts
        self._count = count
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def receive(
        self, envelope: Envelope, body: Callable[[], Awaitable[bytes]], now: float | None = None
    ) -> Receipt | FileReceipt:
        """What became of the batch or part; InboxRefused or BadInput where it was not taken.

        The body is read only for who signed its head, and before anything else is refused: a
        sender that is cut off while it sends would never hear why.
        """
        if self._places.locked():
            raise too_fast(1.0)
        async with self._places:
            head = read_head(envelope.batch)
            source = await self._sender(envelope, head)
            try:
                text = await body()
                self._check_clock(head, time.time() if now is None else now)
                if isinstance(head, FileHead):
                    return await self._part(source, head, text)
                return await self._batch(source, head, text)
            except SantongError as exc:
                self._refused(source, head, exc.code)
                raise

    async def _batch(self, source: Source, head: Head, text: bytes) -> Receipt:
        connector = self._open(source, files=False)
        # Apart from the loop that answers everyone: thousands of rows take a while to map.
        batch = await asyncio.to_thread(take, source, head, connector.tables, text)
        outcome = await self._copied.accept(batch)
        if isinstance(outcome, OutOfTurn):
            raise _out_of_turn(outcome)
        self._taken(source, head, outcome)
        return outcome

    async def _part(self, source: Source, head: FileHead, text: bytes) -> FileReceipt:
        connector = self._open(source, files=True)
        receipt = await self._parts.take(source, head, connector, text)
        word = "again" if receipt.again else "whole" if receipt.whole else "part"
        self._parts.count(source.connector, word)
        _tell(source, head, word)
        return receipt

    def _open(self, source: Source, *, files: bool) -> Connector:
        """The connector that a sender sends to, where it takes what it sends and may be asked."""
        connector = self._find(source.connector)
        if connector is None or connector.dropped != files:
            what = "files" if files else "rows"
            message = f"this connector takes no {what}, or is not in force"
            raise InboxRefused(message, code="INBOX_CONNECTOR", status=404, retryable=True)
        if (seconds := self._pace.wait((source.connector, source.sender))) > 0:
            raise too_fast(seconds)
        return connector

    def _refused(self, source: Source, head: Head | FileHead, code: str) -> None:
        if isinstance(head, FileHead):
            self._parts.count(source.connector, code)
        else:
            self._count(source.connector, code, 0, 0)
        _tell(source, head, code)

    async def _sender(self, envelope: Envelope, head: Head | FileHead) -> Source:
        """Who signed; one refusal for a name that is not known and for a wrong signature."""
        found = await self._senders.key_of(envelope.connector, head.sender)
        key, stores = found or (_NOBODY, frozenset[str]())
        proven = is_signed(key, envelope.signature, envelope.method, envelope.path, envelope.batch)
        if not proven or found is None:
            self._count(envelope.connector if found else "", "INBOX_SIGNATURE", 0, 0)
            message = "the batch is not signed by a sender of this connector"
            raise InboxRefused(message, code="INBOX_SIGNATURE", status=401)
        return Source(envelope.connector, head.sender, stores)

    def _check_clock(self, head: Head | FileHead, now: float) -> None:
        if abs(now - head.time) > WINDOW_SECONDS:
            message = f"the sender's clock is more than {WINDOW_SECONDS} seconds away from ours"
            raise InboxRefused(message, code="INBOX_CLOCK", status=401, retryable=True)

    def _taken(self, source: Source, head: Head, receipt: Receipt) -> None:
        word, fresh = ("again", 0) if receipt.again else ("taken", 1)
        accepted, quarantined = receipt.accepted, receipt.quarantined
        self._count(source.connector, word, accepted * fresh, quarantined * fresh)
        _tell(source, head, word, rows=accepted, quarantined=quarantined)


def _tell(source: Source, head: Head | FileHead, outcome: str, **counts: int) -> None:
    facts: dict[str, object] = (
        {"file": head.file, "offset": head.offset}
        if isinstance(head, FileHead)
        else {"table": head.table, "sequence": head.sequence}
    )
    _log.info(
        "batch" if isinstance(head, Head) else "part",
        connector=source.connector,
        sender=source.sender,
        outcome=outcome,
        **facts,
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


def status_of(error: BadInput) -> int:
    """The HTTP status of a batch that is not what its head says, or has none."""
    return 422 if error.code in _NOT_FOR_US else 400
