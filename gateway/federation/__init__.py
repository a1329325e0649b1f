"""Asking many systems at once: estate, routes, loaders, the merge and partial answers."""
