"""SAP CAP over OData V4."""

from tests.connectors.conformance.cap import CapSubject


class Case(CapSubject):
    path = "/odata/v4/retail"
