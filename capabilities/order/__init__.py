"""The order capability: records, ports and rules."""
