"""Persisted operations: which text an id stands for, and which texts may be asked at all."""

from collections.abc import Callable
from typing import Protocol

from cachetools import LRUCache

from capabilities.errors import SantongError
from capabilities.operations import operation_hash
from gateway.settings import TrustedDocuments

_AUTOMATIC_BYTES = 8_000_000
_LONGEST_AUTOMATIC = 100_000
# Measured: what a text takes beside its characters, with its hash and its place.
_ENTRY_BYTES = 350


class OperationRefused(SantongError):
    """Base of the errors of this step."""


class OperationUnknown(OperationRefused):
    """No text is known by this id; message and code are those that Apollo's clients know."""

    code = "PERSISTED_QUERY_NOT_FOUND"

    def __init__(self) -> None:
        super().__init__("PersistedQueryNotFound")


class OperationMismatch(OperationRefused):
    """An id and a text came together, and the text has another id."""

    code = "PERSISTED_QUERY_MISMATCH"

    def __init__(self) -> None:
        super().__init__("the sha256 is not that of the document that came with it")


class OperationNotTrusted(OperationRefused):
    """Only registered operations are answered; the same words whatever was asked."""

    code = "OPERATION_NOT_TRUSTED"

    def __init__(self) -> None:
        super().__init__("only registered operations are answered here")


class Known(Protocol):
    """The registered texts."""

    def text(self, sha256: str) -> str | None:
        """The registered text of a hash."""


class PersistedOperations:
    """The step before a document is prepared: what came in, a text out.

    `automatic` lets clients put texts of their own under their hash, for development: it saves
    bytes and protects nothing. Where only trusted documents are answered it does not exist.
    `asked` hears how each operation was asked, and so what `only` would refuse.
    """

    def __init__(
        self,
        known: Known,
        trusted: TrustedDocuments,
        *,
        automatic: bool,
        asked: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._known = known
        self._asked = asked
        self._only = trusted == "only"
        self._automatic: LRUCache[str, str] | None = None
        if automatic and not self._only:
            self._automatic = LRUCache(_AUTOMATIC_BYTES, getsizeof=_weight)

    def text(self, text: str | None, sha256: str | None) -> str:
        """The text to run, of a text, an id or both; one of the errors above otherwise."""
        try:
            found = self._trusted(text, sha256) if self._only else self._any(text, sha256)
        except OperationRefused as exc:
            self._asked(exc.code)
            raise
        self._asked("TEXT" if sha256 is None else "ID")
        return found

    def _trusted(self, text: str | None, sha256: str | None) -> str:
        named = sha256 if text is None else operation_hash(text)
        registered = None if named is None else self._known.text(named)
        if registered is None or (sha256 is not None and sha256 != named):
            raise OperationNotTrusted
        return registered

    def _any(self, text: str | None, sha256: str | None) -> str:
        if text is None:
            return self._found(sha256 or "")
        if sha256 is not None:
            if operation_hash(text) != sha256:
                raise OperationMismatch
            if self._automatic is not None and len(text) <= _LONGEST_AUTOMATIC:
                self._automatic[sha256] = text
        return text

    def _found(self, sha256: str) -> str:
        text = self._known.text(sha256)
        if text is None and self._automatic is not None:
            text = self._automatic.get(sha256)
        if text is None:
            raise OperationUnknown
        return text


def _weight(text: str) -> int:
    return _ENTRY_BYTES + len(text)
