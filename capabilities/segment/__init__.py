"""Segments: people by conditions, as data."""
