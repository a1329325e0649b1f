"""SOAP 1.1 and 1.2: operations by name, bodies as templates, faults as our errors."""

from connectors.protocols.soap.client import SoapClient
from connectors.protocols.soap.template import Template

__all__ = ["SoapClient", "Template"]
