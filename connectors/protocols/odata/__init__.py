"""OData V2 and V4: typed pages, filters as values, and the system's own ways to write time."""

from connectors.protocols.gathered import Gathered
from connectors.protocols.odata import dates, filter, literals  # noqa: A004 - OData's own word
from connectors.protocols.odata.client import ODataClient
from connectors.protocols.odata.dialect import V2, V4, Dialect
from connectors.protocols.odata.filter import Filter
from connectors.protocols.odata.literals import Literal
from connectors.protocols.odata.query import Query
from connectors.protocols.odata.rows import Deferred, Expanded, MaybeDeferred, ODataPage

__all__ = [
    "V2",
    "V4",
    "Deferred",
    "Dialect",
    "Expanded",
    "Filter",
    "Gathered",
    "Literal",
    "MaybeDeferred",
    "ODataClient",
    "ODataPage",
    "Query",
    "dates",
    "filter",
    "literals",
]
