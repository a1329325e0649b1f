"""Registered operations published as REST resources: declared, checked, described."""
