"""SAP CAP over OData V2."""

from tests.connectors.conformance.cap import CapSubject


class Case(CapSubject):
    system = "cap_v2"
    path = "/odata/v2/retail"
