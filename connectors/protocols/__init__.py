"""Ways to talk to a system; one package a protocol, each over the wire of `_kit`."""
