"""The resources in force, followed while their file, the operations or the graph change."""

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from gateway.execution.documents import Documents
from gateway.execution.engine import Engine
from gateway.rest.compiling import compiled
from gateway.rest.declared import Declared, DeclaredResource, read_resources
from gateway.rest.faults import ResourceFault, ResourcesFault
from gateway.rest.resource import Resource
from gateway.rest.template import Table
from gateway.rest.wrong import Wrong

_log = logging.getLogger(__name__)
_POLL_SECONDS = 1.0
_BY_HASH = "sha256:"
_OURS = {("GET", ("openapi.json",)), ("POST", ("mcp",))}


class Texts(Protocol):
    """The registered operations; see `gateway.execution.registry.Registry`."""

    @property
    def listed(self) -> Mapping[str, str]:
        """Those of the file, by their sha256."""

    @property
    def learnt(self) -> int:
        """How many of the store are known."""

    def text(self, sha256: str) -> str | None:
        """Any of them."""


class _Running(Protocol):
    @property
    def engine(self) -> Engine: ...


class InForce(Struct, frozen=True):
    """What answers now; `waiting` are resources whose operation is not known yet."""

    resources: tuple[Resource, ...]
    waiting: tuple[str, ...]
    table: Table[Resource]


_NOTHING = InForce((), (), Table())


class Published:
    """The resources of one process. Where a changed file is wrong, those before it stay."""

    def __init__(self, path: Path | None, running: _Running) -> None:
        self._path = path
        self._running = running
        self._seen: object = None
        self.now = _NOTHING

    def open(self, texts: Texts) -> None:
        """Put the file in force, or raise ResourcesFault."""
        self._seen = self._mark(texts)
        if self._path is not None:
            documents = self._running.engine.documents
            self.now = in_force(read_resources(self._path), texts, documents)
            for place in self.now.waiting:
                _log.warning("resource waits for its operation", extra={"resource": place})

    async def follow(self, texts: Texts, poll_seconds: float = _POLL_SECONDS) -> None:
        """Follow what resources are made of, until cancelled."""
        while True:
            await asyncio.sleep(poll_seconds)
            mark = self._mark(texts)
            if mark is None or mark == self._seen:
                continue
            try:
                self.open(texts)
            except ResourcesFault as exc:
                _log.error("resources refused", extra={"reason": exc.message})
            except Exception:  # noqa: BLE001 - those before it answer on
                _log.exception("resources refused")
            else:
                _log.info("resources in force", extra={"count": len(self.now.resources)})

    def _mark(self, texts: Texts) -> object:
        """What changes with anything that a resource is made of; None while the file is away."""
        if self._path is None:
            return None
        try:
            stat = self._path.stat()
        except OSError:
            return None
        made_of = (texts.listed, texts.learnt, self._running.engine)
        return (stat.st_mtime_ns, stat.st_size, *made_of)


def in_force(declared: Declared, texts: Texts, documents: Documents) -> InForce:
    """All resources of a file; ResourcesFault with everything that is wrong with them."""
    taken, waiting = _Taken(), []
    faults: list[ResourceFault] = []
    for row, one in enumerate(declared.resources):
        try:
            found = _resource(one, texts, documents)
            if found is None:
                waiting.append(f"{one.method} {one.path}")
            else:
                taken.take(found)
        except Wrong as exc:
            faults.append(declared.fault(row, exc.key, exc.message, code=exc.code))
    if faults:
        raise ResourcesFault(faults)
    rows = [(one.template, one.declared.method, one) for one in taken.resources]
    return InForce(tuple(taken.resources), tuple(waiting), Table(rows))


class _Taken:
    """The resources so far: each has its own name, and its own method of an address."""

    def __init__(self) -> None:
        self.resources: list[Resource] = []
        self._places: dict[tuple[str, tuple[str | None, ...]], str] = {}

    def take(self, one: Resource) -> None:
        """Add one, or raise Wrong."""
        place = (one.declared.method, one.template.segments)
        if place in _OURS:
            told = "Santong itself answers at this address"
            raise Wrong("path", told, code="RESOURCE_DUPLICATE")
        if place in self._places:
            told = f"{self._places[place]} answers there already"
            raise Wrong("path", told, code="RESOURCE_DUPLICATE")
        if one.name in self._places.values():
            told = f"another one is named {one.name!r}: give it a `name`"
            raise Wrong("name", told, code="RESOURCE_DUPLICATE")
        self._places[place] = one.name
        self.resources.append(one)


def _resource(one: DeclaredResource, texts: Texts, documents: Documents) -> Resource | None:
    """The resource; None while nobody knows an operation of this sha256."""
    if one.operation.startswith(_BY_HASH):
        sha256, name = one.operation.removeprefix(_BY_HASH), None
        text = texts.text(sha256)
        if text is None:
            return None
    else:
        name = one.operation
        sha256, text = _named(name, texts.listed)
    return compiled(one, sha256, name, documents.prepare(text), documents.schema)


def _named(name: str, listed: Mapping[str, str]) -> tuple[str, str]:
    """The one text of the file with an operation of a name."""
    pattern = re.compile(rf"\b(?:query|mutation)\s+{re.escape(name)}\b")
    found: Sequence[tuple[str, str]] = [
        (sha256, text) for sha256, text in listed.items() if pattern.search(text)
    ]
    if len(found) == 1:
        return found[0]
    told = "is in the file of operations" if not found else "is the only one of its name there"
    raise Wrong(
        "operation", f"no operation {name!r} {told}; name it by sha256:…", code="RESOURCE_OPERATION"
    )
