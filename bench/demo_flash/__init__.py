"""A flash sale over ten channels, from its definition to its audit, by what everybody may use."""
