"""Adoption at the front door: what is compared beside the answers of callers."""
