"""Parts of files on their way to the drop folder of a connector."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from weakref import WeakKeyDictionary

from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.senders import SentFile
from connectors.connector import Connector
from connectors.protocols.files.landing import Landed, Landing, Part
from connectors.protocols.files.names import Named
from gateway.inbox.head import FileHead
from gateway.inbox.refusals import InboxRefused, too_fast
from gateway.inbox.taking import Source
from store.copied.sent_files import SentFiles


class FileReceipt(Struct, frozen=True):
    """How many bytes of a file are here; `again` says that it was whole before."""

    offset: int
    whole: bool
    again: bool = False


class Parts:
    """Takes parts; `open_landing` gives the place of a connector's files."""

    def __init__(
        self,
        sent: SentFiles,
        open_landing: Callable[[Connector], Landing],
        count: Callable[[str, str], None],
        most_bytes: int,
    ) -> None:
        self._sent = sent
        self._open_landing = open_landing
        self._landings: WeakKeyDictionary[Connector, Landing] = WeakKeyDictionary()
        self._most_bytes = most_bytes
        self.count = count

    async def take(
        self, source: Source, head: FileHead, connector: Connector, body: bytes
    ) -> FileReceipt:
        """What became of a part; InboxRefused or BadInput where it was not taken."""
        self._check(head, body)
        landing = await self.landing(connector)
        named = _own(landing.named(head.file), source)
        part = Part(
            sender=source.sender,
            name=head.file,
            size=head.size,
            sha256=head.sha256,
            offset=head.offset,
        )
        stands = await self._sent.standing(source.connector, source.sender, head.file)
        if stands is not None and stands.whole_at and stands.sha256 == head.sha256:
            await asyncio.to_thread(landing.forget, part)
            return FileReceipt(stands.size, whole=True, again=True)
        landed, here = await asyncio.to_thread(landing.put, part, body)
        if landed not in (Landed.TAKEN, Landed.WHOLE):
            raise _refused(landed, here)
        await self._sent.tell(source.connector, _sent(part, named, here))
        return FileReceipt(here, whole=landed is Landed.WHOLE)

    async def landing(self, connector: Connector) -> Landing:
        """The place of a connector's files, opened once."""
        found = self._landings.get(connector)
        if found is None:
            found = await asyncio.to_thread(self._open_landing, connector)
            self._landings[connector] = found
        return found

    def _check(self, head: FileHead, body: bytes) -> None:
        if sha256(body).hexdigest() != head.part or head.offset + len(body) > head.size:
            raise BadInput("the body is another one than its head says", code="INBOX_BODY")
        if head.size > self._most_bytes:
            message = f"a file may have {self._most_bytes} bytes"
            raise InboxRefused(message, code="INBOX_FILE_TOO_LARGE", status=413)


def _own(named: Named | None, source: Source) -> Named:
    if named is None:
        message = "no feed of this connector looks for a file of this name"
        raise BadInput(message, code="INBOX_FILE_NAME")
    if named.store not in source.stores:
        message = "the file's name tells no store that this sender may write"
        raise InboxRefused(message, code="INBOX_FILE_STORE", status=403)
    return named


def _sent(part: Part, named: Named, here: int) -> SentFile:
    return SentFile(
        sender=part.sender,
        name=part.name,
        sha256=part.sha256,
        size=part.size,
        received=here,
        store=named.store or "",
        day=named.day,
    )


def _refused(landed: Landed, here: int) -> InboxRefused:
    if landed is Landed.ELSEWHERE:
        message = "the part does not begin where what is here ends"
        return InboxRefused(
            message, code="INBOX_OFFSET", status=409, retryable=True, told={"wanted": here}
        )
    if landed is Landed.CHANGED:
        message = "the file is another one than its head says; nothing of it is kept"
        return InboxRefused(
            message, code="INBOX_FILE_CHANGED", status=409, retryable=True, told={"wanted": 0}
        )
    if landed is Landed.FULL:
        message = "there is no room for files of this connector until some were read"
        return InboxRefused(message, code="INBOX_FULL", status=507, retryable=True)
    return too_fast(1.0)
