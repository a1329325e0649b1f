"""Adoption in PostgreSQL: how pairs stand, every step, and the evidence they were taken on."""
