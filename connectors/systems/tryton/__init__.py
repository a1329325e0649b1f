"""Tryton: parties and sales over its JSON-RPC."""
