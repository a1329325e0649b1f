"""Open Source POS: its database, read only."""
