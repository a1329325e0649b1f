"""Modules of ours as syntax trees."""

import ast
import gc
from pathlib import Path


def parsed(path: Path) -> ast.Module:
    """The tree of a module.

    Python counts the depth of a tree that it builds in one place for all who build one. A
    collection in between may run finalisers or let another thread parse, and the count is off
    then: "AST constructor recursion depth mismatch".
    """
    text = path.read_text("utf-8")
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        gc.enable()
