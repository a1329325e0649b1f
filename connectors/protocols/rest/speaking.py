"""A connection over REST."""

from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream
from connectors.manifest import Manifest
from connectors.protocols.opening import Speaker, wire_of
from connectors.protocols.rest.client import RestClient
from connectors.protocols.rest.declared import RestFile
from connectors.protocols.rest.reader import RestReader
from connectors.protocols.settings import filled_all


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """The speaker of a connection."""
    wire, own = wire_of(manifest, spec, upstream), manifest.own
    if not isinstance(own, RestFile):
        raise TypeError("a REST manifest without paging")
    client = RestClient(wire, fixed_params=filled_all(manifest.parameters, spec))
    return Speaker(lambda section, at: RestReader(client, section, own.paging, at), wire.aclose)
