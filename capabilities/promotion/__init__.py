"""The promotion capability: records, ports and rules."""
