"""What the platform itself owns, as the callers of the graph meet it."""
