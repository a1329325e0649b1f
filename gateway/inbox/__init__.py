"""The inbox: rows of systems that cannot be reached, from a signed request into the copy."""
