"""Questions in GraphQL: a list of keys in one variable or an alias for each, and relay's pages."""

from collections.abc import Mapping, Sequence
from typing import Any

from capabilities.errors import Garbled
from connectors.manifest import At, CompiledSection
from connectors.manifest.model import Lookup, Ordering, Search
from connectors.ports.wanted import Batch, Wanted, whole
from connectors.protocols.gathered import Gathered
from connectors.protocols.graphql.answer import Found, found_at, found_in
from connectors.protocols.graphql.client import GraphQLClient
from connectors.protocols.graphql.document import Fragments
from connectors.protocols.graphql.listing import values_of
from connectors.protocols.graphql.question import Question, parts_of, prepare, split

_NOTHING = Batch(rows=(), exhausted=True)


class GraphQLReader:
    """A section over one GraphQL endpoint."""

    def __init__(
        self, client: GraphQLClient, section: CompiledSection, fragments: Fragments, at: At
    ) -> None:
        self._client = client
        self._section = section.section
        self._at = at
        self._asked: dict[tuple[str, str], Question] = {}
        for one in self._questions():
            keyed = {"key", "customer", *parts_of(one.keys)} if isinstance(one, Lookup) else ()
            question = prepare(one.own, frozenset(keyed), section.row_type, fragments)
            self._asked[one.own.document, one.own.rows] = question

    @property
    def partitioned(self) -> bool:
        """Whether each customer has an alias, and so a page, of her own."""
        lookup = self._section.by_customer
        return lookup is not None and not lookup.scan and bool(self._of(lookup).keyed)

    @property
    def pushes_channels(self) -> bool:
        """Whether the documents of lists take the channels."""
        lists = (self._section.by_customer, self._section.search)
        asked = [self._of(one) for one in lists if one is not None and one.own.document]
        return all("channels" in one.document.variables for one in asked)

    async def by_keys(self, lookup: Lookup, keys: Sequence[str]) -> Sequence[Any]:
        """The rows of an alias for each key, or of a list of keys: all its pages or an error."""
        question = self._of(lookup)
        fixed = question.values({**self._section.fixed, **lookup.fixed})
        if not question.keyed:
            variables = {**fixed, **question.values({"keys": list(keys), "first": len(keys)})}
            return whole(await self._all(question, variables), self._at.connector)
        parts = [split(lookup.keys, key, "key") for key in keys]
        return [row for one in await self._each(question, parts, fixed) for row in one.rows]

    async def rows(self, wanted: Wanted) -> Batch:
        """One page of the list, from the place's own moment on; the walk goes on by cursors."""
        order = self._section.order
        if order is None:
            raise TypeError("a list without an order")
        if order.by is None and _is_past_all(wanted):
            return _NOTHING
        lookup = self._section.by_customer if wanted.customers is not None else None
        search = self._section.search
        if lookup is not None:
            question = self._of(lookup)
        elif search is not None:
            question = self._of(search)
        else:
            raise TypeError("a list that nobody declared")
        variables = wanted.further or self._first(question, lookup, wanted, order)
        size = "last" if _is_backwards(question, wanted) else "first"
        variables = {**variables, **question.values({size: wanted.limit})}
        if lookup is not None and question.keyed:
            return await self._of_customers(question, lookup, wanted, variables)
        return self._batch(question, wanted, variables, await self._ask(question, variables))

    def _questions(self) -> list[Lookup | Search]:
        own = self._section
        asked = (own.by_key, own.by_customer, *own.by_identity.values(), own.search)
        return [one for one in asked if one is not None and one.own.document]

    def _of(self, asked: Lookup | Search) -> Question:
        return self._asked[asked.own.document, asked.own.rows]

    def _first(
        self, question: Question, lookup: Lookup | None, wanted: Wanted, order: Ordering
    ) -> dict[str, Any]:
        fixed = {**self._section.fixed, **(lookup.fixed if lookup is not None else {})}
        return question.values({**fixed, **values_of(wanted, order, self._at.zone)})

    # Asking

    async def _ask(self, question: Question, variables: Mapping[str, Any]) -> Found:
        text = question.document.text
        data = await self._client.ask(text, variables, question.decoder)
        return self._told(question, found_in(data, question.path))

    async def _each(
        self, question: Question, parts: Sequence[Mapping[str, str]], shared: Mapping[str, Any]
    ) -> list[Found]:
        """What stands at the alias of each key."""
        own = {
            f"{name}_{row}": value
            for row, part in enumerate(parts)
            for name, value in question.values(part).items()
        }
        text = question.document.aliased(len(parts), question.keyed)
        data = await self._client.ask(text, {**shared, **own}, question.decoder) or {}
        at = [data.get(f"k{row}") for row in range(len(parts))]
        return [self._told(question, found_at(one, question.path)) for one in at]

    async def _all(self, question: Question, variables: dict[str, Any]) -> Gathered[Any]:
        limits, rows, calls = self._client.limits, list[Any](), 0
        while True:
            found = await self._ask(question, variables)
            rows += found.rows
            calls += 1
            more = "after" in question.document.variables and found.page.has_next_page
            if not more or calls >= limits.scan_max_calls or len(rows) >= limits.scan_max_rows:
                return Gathered(rows=tuple(rows), calls=calls, truncated=more)
            variables = self._onwards(variables, "after", found.page.end_cursor)

    def _told(self, question: Question, found: Found) -> Found:
        """Rows told apart by their type, where there are several."""
        if question.members is None:
            return found
        return Found(question.members.rows(found.rows, self._at.connector), found.page)

    async def _of_customers(
        self, question: Question, lookup: Lookup, wanted: Wanted, variables: dict[str, Any]
    ) -> Batch:
        """A page for each customer; a page that is short though more comes is filled up."""
        parts = [split(lookup.keys, one, "customer") for one in wanted.customers or ()]
        found = await self._each(question, parts, variables)
        if len(parts) == 1:
            return self._batch(question, wanted, variables, found[0])
        rows: list[Any] = []
        for part, first in zip(parts, found, strict=True):
            batch = self._batch(question, wanted, variables, first)
            own = list(batch.rows)
            while not batch.exhausted and len(own) < wanted.limit:
                (more,) = await self._each(question, [part], batch.further)
                batch = self._batch(question, wanted, batch.further, more)
                own += batch.rows
            rows += own
        return Batch(rows=rows, exhausted=False)

    # Pages

    def _batch(
        self, question: Question, wanted: Wanted, variables: dict[str, Any], found: Found
    ) -> Batch:
        rows, page = found.rows, found.page
        if _is_backwards(question, wanted):
            rows, more = rows[::-1], page.has_previous_page
            name, cursor = "before", page.start_cursor
        elif "after" in question.document.variables:
            more, name, cursor = page.has_next_page, "after", page.end_cursor
        else:
            more = len(rows) >= wanted.limit
            name, cursor = "offset", variables.get("offset", 0) + len(rows)
        if not more:
            return Batch(rows=rows, exhausted=True)
        further = self._onwards(variables, name, cursor)
        return Batch(rows=rows, exhausted=False, further=further)

    def _onwards(self, variables: Mapping[str, Any], name: str, cursor: Any) -> dict[str, Any]:
        if cursor is None or variables.get(name) == cursor:
            message = "the source promises more and does not move on"
            raise Garbled(message, source=self._at.connector)
        return {**variables, name: cursor}


def _is_backwards(question: Question, wanted: Wanted) -> bool:
    """Whether a list that its source sorts newest first only is read from its end."""
    used = question.document.variables
    turns = "direction" in used or "reverse" in used
    return not turns and "last" in used and not wanted.newest_first


def _is_past_all(wanted: Wanted) -> bool:
    """Whether rows without a date, which all stand at 0, lie before the place."""
    place = wanted.after.value if wanted.after is not None else 0
    return place != 0 and (place > 0) != wanted.newest_first
