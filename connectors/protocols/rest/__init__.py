"""REST: typed lists and the common ways to give them out."""

from connectors.protocols.gathered import Gathered
from connectors.protocols.rest.client import RestClient, RestPage, listed
from connectors.protocols.rest.paging import (
    CutClientSide,
    LinkHeader,
    Offset,
    PageNumber,
    Paginator,
    Step,
)

__all__ = [
    "CutClientSide",
    "Gathered",
    "LinkHeader",
    "Offset",
    "PageNumber",
    "Paginator",
    "RestClient",
    "RestPage",
    "Step",
    "listed",
]
