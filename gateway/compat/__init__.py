"""A shop's own wire, answered by the route: its old clients are adopted as they are."""
