"""JSON-RPC as Odoo and Tryton speak it: a logon, searches that read, errors in status 200."""

from connectors.protocols.jsonrpc.client import JsonRpcClient
from connectors.protocols.jsonrpc.odoo import Odoo
from connectors.protocols.jsonrpc.tryton import Tryton

__all__ = ["JsonRpcClient", "Odoo", "Tryton"]
