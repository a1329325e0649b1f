"""A connection to a database."""

from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream, rules_of
from connectors.manifest import At, CompiledSection, Manifest
from connectors.protocols.opening import Speaker
from connectors.protocols.settings import filled, secret_of
from connectors.protocols.sql.client import SqlClient
from connectors.protocols.sql.commander import SqlCommander
from connectors.protocols.sql.declared import SqlFile
from connectors.protocols.sql.reader import SqlReader
from connectors.protocols.sql.writer import SqlWriter


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """The speaker of a connection; a database may need no password."""
    secret = manifest.auth.password
    password = secret_of(secret, spec) if secret is not None and secret in spec.secrets else None
    address = filled(manifest.address, spec)
    own: SqlFile = manifest.own
    client = SqlClient(
        spec.name,
        address,
        password,
        upstream=upstream,
        database=own.database,
        places=rules_of(spec).secrets,
    )

    def reader(section: CompiledSection, at: At) -> SqlReader:
        return SqlReader(client, section, at, own.fragments, own.database.key_encoding)

    return Speaker(
        reader,
        client.aclose,
        writer=SqlWriter(client, own.fragments),
        commander=lambda _section, _at: SqlCommander(client, own.fragments),
    )
