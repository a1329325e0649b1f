"""SAP CAP over OData V2."""

from tests.connectors.conformance.cap import CapSubject


class Case(CapSubject):
    path = "/odata/v2/retail"
