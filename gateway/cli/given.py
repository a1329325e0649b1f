"""What a person gives to a command: a file, secrets, her name."""

import getpass
import sys
from pathlib import Path

from capabilities.errors import BadInput


def read_text(path: Path) -> str:
    """The text of a definition's file."""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"{path} cannot be read", code="CONNECTOR_INVALID") from exc


def given_secrets(names: list[str]) -> dict[str, str]:
    """Secrets by name: typed without an echo, or one a line of standard input."""
    if sys.stdin.isatty():
        return {name: getpass.getpass(f"{name}: ") for name in names}
    found = {name: sys.stdin.readline().rstrip("\r\n") for name in names}
    if not all(found.values()):
        message = "standard input has fewer lines than there are secrets; write one a line"
        raise BadInput(message, code="SECRET_MISSING")
    return found


def author() -> str:
    """Who changes something from this machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container without a name for its user
        return "cli"
