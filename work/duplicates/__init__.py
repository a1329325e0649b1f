"""Likely duplicates: people who look like one, for somebody to judge; nothing is joined by it."""
