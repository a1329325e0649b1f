"""A connection over OData: one client for each service that the sections name."""

from capabilities.estate import ConnectorSpec
from connectors.manifest import At, CompiledSection, Manifest
from connectors.protocols.odata.client import ODataClient
from connectors.protocols.odata.reader import ODataReader
from connectors.protocols.opening import Speaker, filled_all, wire_of


def open_speaker(manifest: Manifest, spec: ConnectorSpec) -> Speaker:
    """The speaker of a connection."""
    wire = wire_of(manifest, spec)
    fixed = filled_all(manifest.parameters, spec)

    def reader(section: CompiledSection, at: At) -> ODataReader:
        service = (section.section.resource or "").rpartition("/")[0]
        client = ODataClient(wire, service, fixed_params=fixed)
        return ODataReader(client, section, at.zone, at.connector)

    return Speaker(reader, wire.aclose)
