"""People: what memberships show, whose they are, and what was decided about it."""
