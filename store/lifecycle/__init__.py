"""Stages, campaigns and touches."""
