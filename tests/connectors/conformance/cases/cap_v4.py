"""SAP CAP over OData V4."""

from tests.connectors.conformance.cap import CapSubject


class Case(CapSubject):
    system = "cap_v4"
    path = "/odata/v4/retail"
