"""Promotions as files: what is wrong with one, by line and column."""
