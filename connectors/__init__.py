"""The legacy side: how to talk to systems, and how their rows become our records."""
