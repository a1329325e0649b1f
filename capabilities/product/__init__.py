"""The product capability: records, ports and rules."""
