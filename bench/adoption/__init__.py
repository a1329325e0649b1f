"""What comparing costs callers, and whom a percentage moves."""
