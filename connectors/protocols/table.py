"""The protocols that exist; one row each."""

from collections.abc import Mapping

from connectors.protocols.declared import Declared, Level, Schema
from connectors.protocols.files.declared import FILES
from connectors.protocols.graphql.declared import GRAPHQL
from connectors.protocols.jsonrpc.declared import JSONRPC
from connectors.protocols.odata.declared import ODATA
from connectors.protocols.push.declared import PUSH
from connectors.protocols.rest.declared import REST
from connectors.protocols.soap.declared import SOAP
from connectors.protocols.sql.declared import SQL

PROTOCOLS: Mapping[str, Declared] = {
    one.name: one
    for one in (
        FILES,
        GRAPHQL,
        JSONRPC,
        ODATA,
        PUSH,
        REST,
        SOAP,
        SQL,
    )
}


def schema_of(level: Level) -> Schema:
    """The JSON Schema of every protocol's own keys; a key means the same wherever it is used."""
    found: Schema = {}
    for one in PROTOCOLS.values():
        for name, schema in one.at(level).schema.items():
            if found.setdefault(name, schema) != schema:
                raise TypeError(f"{name!r} of {one.name} means another thing elsewhere")
    return found
