"""SAP S/4HANA with sales orders over OData V4 and keys by `$batch`, over the same simulator."""

from capabilities.estate import ConnectorSpec, Limits
from connectors.protocols.odata import ODataClient
from connectors.protocols.odata.batch import MultipartBatch
from tests.connectors.conformance.cases import sap


class Case(sap.Case):
    """The same rows by another way, so the same truth."""

    system = "sap_s4hana_v4"
    # A token is fetched once a session, and is no call of a question's.
    counted = ((ODataClient, "_page"), (MultipartBatch, "send"))

    def spec(self, limits: Limits) -> ConnectorSpec:
        spec = super().spec(limits)
        settings = {**spec.settings, "base_url": f"{self.url}/sap/opu"}
        return ConnectorSpec(
            name=self.name,
            system=self.system,
            settings=settings,
            secrets=spec.secrets,
            limits=limits,
            channels=spec.channels,
        )
