"""Systems that are spoken to: one folder a system, found by looking."""
