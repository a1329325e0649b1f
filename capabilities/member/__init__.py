"""The member capability: records, ports and rules."""
