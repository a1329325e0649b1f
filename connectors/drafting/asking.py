"""How a draft asks: by key, by customer and for lists, in the words of its protocol."""

from collections.abc import Callable, Iterator, Mapping

from connectors.drafting.guess import KEY, words_of
from connectors.drafting.outline import Entity, Found, Holds, Outline
from connectors.drafting.written import written
from connectors.drafting.wsdl import soap_asking

_TIME_OF = {
    "orders": "placed_at",
    "memberships": "joined_at",
    "promotions": "starts_at",
    "coupons": "issued_at",
}
_CASTS = {Holds.LOCAL: "local", Holds.DATE: "date"}
_PAGED = ("orders", "memberships", "promotions", "coupons")


def order_of(outline: Outline, section: str, found: Mapping[str, Found]) -> Iterator[str]:
    """The order of lists, where the protocol needs no more than a time."""
    time = found.get(_TIME_OF.get(section, ""))
    if time is None or outline.protocol == "odata":
        return
    cast = _CASTS.get(time.holds, "instant")
    if outline.protocol == "rest":
        yield f"order: {{ ties: complete, by: {time.name}, as: {cast} }}  # how is it sorted?"
    elif outline.protocol == "graphql":
        yield f"order: {{ ties: complete, by: {time.name}, as: {cast} }}  # guessed"


def asking(
    outline: Outline, section: str, entity: Entity, found: Mapping[str, Found]
) -> Iterator[str]:
    """The questions that the section answers; every section has one at least."""
    yield from _WAYS[outline.protocol](section, entity, found)


def _rest(section: str, entity: Entity, found: Mapping[str, Found]) -> Iterator[str]:
    param = entity.asks.get("keys")
    key = param or found[KEY[section]].name
    doubt = "" if param else "  # which parameter takes keys, and how many?"
    yield f"by_key: {{ param: {written(key)}, batch: {20 if param else 1} }}{doubt}"
    if section == "orders" and (customer := entity.asks.get("customer")):
        yield f"by_customer: {{ param: {written(customer)}, batch: 1 }}"
    if section in _PAGED and _TIME_OF[section] in found:
        yield "search: {}"


def _odata(section: str, entity: Entity, found: Mapping[str, Found]) -> Iterator[str]:
    key = found[KEY[section]]
    channel = next((one for one in entity.fields if "channel" in words_of(one.name)), None)
    time = found.get(_TIME_OF.get(section, ""))
    yield f"by_key: {{ field: {key.path} }}"
    customer = found.get("customer")
    if channel is None or time is None:
        yield "# lists need `order: { ties: keyset, by, as, channel, key }`: a time and a channel"
        return
    cast = _CASTS.get(time.holds, "instant")
    yield "order:"
    yield (
        f"  {{ ties: keyset, by: {time.path}, as: {cast}, channel: {channel.path}, "
        f"key: {key.path} }}  # guessed"
    )
    if section == "orders" and customer is not None:
        yield f"by_customer: {{ field: {customer.path} }}"
    if section in _PAGED:
        yield "search: {}"


def _sql(section: str, entity: Entity, found: Mapping[str, Found]) -> Iterator[str]:
    key = found[KEY[section]].path
    rows = f"SELECT * FROM {entity.place}"  # noqa: S608 - a text to be read, and nothing of a caller
    yield f'by_key: {{ statement: "{rows} WHERE {key} IN :keys" }}'
    time = found.get(_TIME_OF.get(section, ""))
    if time is None or section not in _PAGED:
        return
    cast = _CASTS.get(time.holds, "instant")
    kind = {"date": "date", "local": "timestamp"}.get(cast, "timestamptz")
    place = f"CAST(:place AS {kind})"
    yield f"order: {{ ties: complete, by: {time.path}, as: {cast} }}"
    yield "search:"
    yield "  statement: >-"
    yield f"    {rows}"
    yield f"    WHERE ({place} IS NULL OR {time.path} {{upto}} {place})"
    yield f"    ORDER BY {time.path} {{desc}} FETCH FIRST (CAST(:limit AS integer)) ROWS WITH TIES"


def _graphql(section: str, entity: Entity, found: Mapping[str, Found]) -> Iterator[str]:
    for question in ("by_key", "search"):
        document = entity.asks.get(question)
        if document and (question == "by_key" or _TIME_OF.get(section, "") in found):
            yield f"{question}:"
            yield "  document: >-"
            yield f"    {document}"
            yield f"  rows: {entity.asks[f'{question} rows']}"


_WAYS: Mapping[str, Callable[[str, Entity, Mapping[str, Found]], Iterator[str]]] = {
    "rest": _rest,
    "odata": _odata,
    "sql": _sql,
    "graphql": _graphql,
    "soap": soap_asking,
}
