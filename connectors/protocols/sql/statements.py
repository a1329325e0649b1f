"""Statements of a manifest: their parameters, their marks, and fragments put in."""

import re
from collections.abc import Mapping

PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")
MARK = re.compile(r"\{(\w*)\}")
MARKS = ("desc", "asc", "before", "upto", "beyond")


def expand(statement: str, fragments: Mapping[str, str]) -> str:
    """A statement with the manifest's fragments in the place of their marks."""
    for name, text in fragments.items():
        statement = statement.replace(f"{{{name}}}", text)
    return statement
