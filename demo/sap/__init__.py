"""SAP S/4HANA as its OData V2 services answer: orders and business partners, with the traps."""

from demo.sap.app import create_sap

__all__ = ["create_sap"]
