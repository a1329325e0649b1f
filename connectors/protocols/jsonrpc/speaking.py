"""A connection over JSON-RPC."""

from collections.abc import Mapping
from typing import Any

from capabilities.estate import ConnectorSpec
from connectors._kit import Upstream
from connectors.manifest import Manifest
from connectors.protocols.jsonrpc import odoo, tryton
from connectors.protocols.jsonrpc.client import JsonRpcClient
from connectors.protocols.jsonrpc.convention import Convention, Login
from connectors.protocols.jsonrpc.declared import JsonRpcFile
from connectors.protocols.jsonrpc.reader import JsonRpcReader
from connectors.protocols.meanings import table_of
from connectors.protocols.opening import Speaker, wire_of
from connectors.protocols.settings import filled, secret_of

_CONVENTIONS: Mapping[str, tuple[Any, Mapping[str, str]]] = {
    "odoo": (odoo.Odoo, odoo.CODES),
    "tryton": (tryton.Tryton, tryton.CODES),
}


def open_speaker(manifest: Manifest, spec: ConnectorSpec, upstream: Upstream) -> Speaker:
    """The speaker of a connection."""
    own = manifest.own
    if not isinstance(own, JsonRpcFile):
        raise TypeError("a JSON-RPC manifest without its own keys")
    call = own.jsonrpc
    kind, codes = _CONVENTIONS[call.convention]
    convention: Convention = kind() if call.path is None else kind(call.path)
    wire = wire_of(manifest, spec, upstream)
    password = secret_of(call.password, spec)
    login = Login(filled(call.database, spec), filled(call.user, spec), password)
    client = JsonRpcClient(wire, convention, login, table_of(codes, own.errors))
    return Speaker(lambda section, at: JsonRpcReader(client, section, own, at), wire.aclose)
