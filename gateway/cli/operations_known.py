"""The operations that a command may name: those of the file, then those of the store."""

import asyncio
import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.operations import RegisteredOperation
from gateway.execution.operations_file import read_operations
from gateway.settings import Settings

_PAGE = 500
_BY_HASH = "sha256:"


class KnownTexts(Struct, frozen=True, kw_only=True):
    """Texts by their sha256, as the resources of a gateway see them."""

    listed: Mapping[str, str]
    stored: Mapping[str, str] = {}

    @property
    def learnt(self) -> int:
        """How many of the store are known."""
        return len(self.stored)

    def text(self, sha256: str) -> str | None:
        """Any of them."""
        return self.listed.get(sha256) or self.stored.get(sha256)


class NamedOperation(Struct, frozen=True, kw_only=True):
    """One operation; `name` is None where its text holds one only."""

    sha256: str
    text: str
    name: str | None


def listed_texts(settings: Settings) -> Mapping[str, str]:
    """The texts of the file of operations; none where there is no file."""
    return {} if settings.operations is None else read_operations(settings.operations)


def known_texts(settings: Settings) -> KnownTexts:
    """The texts of file and store; StoreUnavailable where it is away."""
    stored = {one.sha256: one.text for one in asyncio.run(stored_operations(settings))}
    return KnownTexts(listed=listed_texts(settings), stored=stored)


def named_operation(settings: Settings, name: str) -> NamedOperation:
    """The operation of a name or of a sha256; BadInput where there is none, or several."""
    listed = listed_texts(settings)
    if name.startswith(_BY_HASH):
        sha256 = name.removeprefix(_BY_HASH)
        text = listed.get(sha256) or known_texts(settings).text(sha256)
        found = [] if text is None else [(sha256, text)]
        only = None
    else:
        found, only = _of_name(listed, name), name
        if not found:
            found = _of_name(known_texts(settings).stored, name)
    if len(found) != 1:
        told = f"nobody registered {name!r}" if not found else f"{name!r} stands in several texts"
        raise BadInput(f"{told}; name it by sha256:…", code="OPERATION_UNKNOWN")
    sha256, text = found[0]
    return NamedOperation(sha256=sha256, text=text, name=only)


async def stored_operations(settings: Settings) -> Sequence[RegisteredOperation]:
    """Everything that administrators registered."""
    from gateway.federation.estate_file import read_estate  # noqa: PLC0415  # not every command
    from store.engine import Store  # noqa: PLC0415  # as above
    from store.operating.operations import Operations  # noqa: PLC0415  # as above

    store = Store.open(settings.database_url.get_secret_value())
    try:
        operations = Operations(store, read_estate(settings.estate).brand)
        found: list[RegisteredOperation] = []
        whole, position = True, 0
        while whole:
            page, position = await operations.after(position, _PAGE)
            found += page
            whole = len(page) == _PAGE
        return found
    finally:
        await store.aclose()


def _of_name(texts: Mapping[str, str], name: str) -> list[tuple[str, str]]:
    pattern = re.compile(rf"\b(?:query|mutation)\s+{re.escape(name)}\b")
    return [(sha256, text) for sha256, text in texts.items() if pattern.search(text)]
