"""Rows that have some keys, as a condition: alone, as a chain, as a list, or part by part."""

from collections.abc import Callable, Sequence

from connectors.protocols.odata import literals
from connectors.protocols.odata.declared import ODataLookup
from connectors.protocols.odata.filter import Filter, and_, eq, or_
from connectors.protocols.odata.literals import Literal, Literals

OneOf = Callable[[str, Sequence[Literal]], Filter]


def keyed(
    lookup: ODataLookup, keys: Sequence[str], written: Literals, one_of: OneOf
) -> Filter | None:
    """The condition for these keys; None where none of them has the parts of a key."""
    if not lookup.fields:
        return one_of(lookup.field, [literal_of(lookup, key, written) for key in keys])
    whole = [parts for key in keys if len(parts := key.split(lookup.split)) == len(lookup.fields)]
    named = [
        and_(
            *(
                eq(name, literal_of(lookup, part, written))
                for name, part in zip(lookup.fields, parts, strict=True)
            )
        )
        for parts in whole
    ]
    return or_(*named) if named else None


def literal_of(lookup: ODataLookup, key: str, written: Literals) -> Literal:
    """A key as the property's type is written; SAP's numbers in text are filled with zeros."""
    if lookup.literal == "guid":
        return written.guid(key)
    if lookup.literal == "integer":
        return literals.integer(key)
    return literals.text(key.zfill(lookup.pad) if key.isascii() and key.isdecimal() else key)
