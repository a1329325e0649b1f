"""Adoption: which side answers and which leads, per channel and capability, and what proves it."""
