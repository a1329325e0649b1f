"""How far each connector was read, and what was seen."""
