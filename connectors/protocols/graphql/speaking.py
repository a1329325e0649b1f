"""A connection over GraphQL."""

from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream
from connectors.manifest import Manifest
from connectors.protocols.graphql.client import GraphQLClient
from connectors.protocols.graphql.declared import GraphQLFile
from connectors.protocols.graphql.document import read_fragment
from connectors.protocols.graphql.faults import COMMON
from connectors.protocols.graphql.reader import GraphQLReader
from connectors.protocols.meanings import table_of
from connectors.protocols.opening import Speaker, wire_of


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """The speaker of a connection."""
    own = manifest.own
    if not isinstance(own, GraphQLFile):
        raise TypeError("a GraphQL manifest without its own keys")
    wire = wire_of(manifest, spec, upstream)
    client = GraphQLClient(wire, own.endpoint, table_of(COMMON, own.errors))
    fragments = {name: read_fragment(name, text) for name, text in own.fragments.items()}
    return Speaker(lambda section, at: GraphQLReader(client, section, fragments, at), wire.aclose)
