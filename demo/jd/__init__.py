"""A simulated JD: signed calls by name, questions as JSON in a parameter, its own spelling."""

from demo.jd.app import create_jd

__all__ = ["create_jd"]
