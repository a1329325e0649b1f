"""Usage: which applications read which operations and fields, and who still reads a legacy path."""
