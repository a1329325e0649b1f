"""The retailer in a box: what `santong demo` starts, watches and ends."""
