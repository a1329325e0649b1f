"""Programmes as files: their schema, and what is wrong with one, by line and column."""
