"""Questions in SOAP: keys as repeated elements, pages by number inside a window of time."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree

from capabilities.errors import Garbled
from capabilities.time import from_micros, local_date
from connectors._kit.xml_rows import XmlRows, elements_at
from connectors.manifest import At, CompiledSection
from connectors.manifest.model import Lookup, Ordering
from connectors.ports.wanted import Batch, Wanted
from connectors.protocols.soap.client import Operation, SoapClient
from connectors.protocols.soap.declared import Service, SoapQuestion
from connectors.protocols.soap.template import Template, Value

_EVERY = "*"
_SECOND = timedelta(seconds=1)


class SoapReader:
    """A section over one service."""

    partitioned = False

    def __init__(
        self, client: SoapClient, section: CompiledSection, service: Service, at: At
    ) -> None:
        self._client = client
        self._section = section.section
        self._service = service
        self._at = at
        self._rows = XmlRows(section.row_type, self._section.own.repeated)
        self._operations: dict[SoapQuestion, Operation] = {}

    @property
    def pushes_channels(self) -> bool:
        """Whether rows of some channels can be asked for."""
        return self._section.channel.push is not None

    async def by_keys(self, lookup: Lookup, keys: Sequence[str]) -> Sequence[Any]:
        """The rows of one call; none where the service says that there are none."""
        operation = self._operation(lookup.own)
        response = await self._client.call(operation, {"keys": list(keys)})
        return self._found(response, operation)

    async def rows(self, wanted: Wanted) -> Batch:
        """One page in the order of time, from the place's own moment on."""
        order, search = self._section.order, self._section.search
        if order is None:
            raise TypeError("a list without an order")
        lookup = self._section.by_customer
        own = lookup.own if wanted.customers is not None and lookup is not None else None
        asked = own if own is not None else search.own if search is not None else SoapQuestion()
        operation = self._operation(asked)
        page = len(wanted.known) // wanted.limit + 1
        response = await self._client.call(operation, self._values(wanted, order, page))
        rows = self._found(response, operation)
        total = self._total(response, getattr(asked, "total", ""))
        ended = len(rows) < wanted.limit or (total is not None and page * wanted.limit >= total)
        first = wanted.after is None and not wanted.known
        return Batch(rows=rows, exhausted=ended, total=total if first else None)

    def _operation(self, question: SoapQuestion) -> Operation:
        """The operation of a question; its body is parsed once."""
        found = self._operations.get(question)
        if found is None:
            service = self._service
            own = service.namespace if service.qualified else ""
            body = Template(question.body, question.operation, service.namespaces, own)
            found = Operation(question.operation, body, question.rows)
            self._operations[question] = found
        return found

    def _found(self, response: etree._Element | None, operation: Operation) -> list[Any]:
        if response is None:
            return []
        return self._rows.rows(elements_at(response, operation.rows), self._at.connector)

    def _total(self, response: etree._Element | None, path: str) -> int | None:
        found = elements_at(response, path) if response is not None and path else []
        text = (found[0].text or "").strip() if found else ""
        if found and not text.isdecimal():
            raise Garbled("the total is no number", source=self._at.connector)
        return int(text) if found else None

    def _values(self, wanted: Wanted, order: Ordering, page: int) -> dict[str, Value]:
        since, until = _window(wanted)
        channels = None if _EVERY in wanted.channels else list(wanted.channels)
        return {
            "since": self._written(since, order, later=False),
            "until": self._written(until, order, later=True),
            "limit": str(wanted.limit),
            "page": str(page),
            "offset": str((page - 1) * wanted.limit),
            "direction": order.own.newest if wanted.newest_first else order.own.oldest,
            "channels": channels,
            "customers": None if wanted.customers is None else list(wanted.customers),
            **{name: list(values) for name, values in wanted.pushed.items()},
        }

    def _written(self, moment: datetime | None, order: Ordering, *, later: bool) -> str | None:
        """A bound in whole seconds, outward; services take in the moment that they name."""
        if moment is None:
            return None
        if order.cast == "date":
            return local_date(moment, self._at.zone).strftime(self._service.time)
        if later and moment.microsecond:
            moment += _SECOND
        zone = self._at.zone if order.cast == "local" else UTC
        return moment.astimezone(zone).strftime(self._service.time)


def _window(wanted: Wanted) -> tuple[datetime | None, datetime | None]:
    """The window of time asked, cut off at the place that the walk has reached."""
    since, until = wanted.since, wanted.until
    if wanted.after is None:
        return since, until
    place = from_micros(wanted.after.value)
    if wanted.newest_first:
        return since, place if until is None else min(until, place)
    return place if since is None else max(since, place), until
