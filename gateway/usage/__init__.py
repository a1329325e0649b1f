"""Usage: counted beside the plans, written by day, compared with another contract."""
