"""What the running box tells the other commands: `SANTONG_HOME/demo.json`, for its owner alone."""

import os
from pathlib import Path

import msgspec

_FILE = "demo.json"


class BoxState(msgspec.Struct, frozen=True, kw_only=True):
    """Where the box listens, and the settings that its gateway runs with, secrets included."""

    address: str
    controls: dict[str, str]
    pos_database: str
    environment: dict[str, str]


def read_state(home: Path) -> BoxState | None:
    """What was written last; None where no box ever ran or its file is of another version."""
    try:
        return msgspec.json.decode((home / _FILE).read_bytes(), type=BoxState)
    except (OSError, msgspec.MsgspecError):
        return None


def write_state(home: Path, state: BoxState) -> None:
    """Puts it in force at once, 0600 from its first byte."""
    draft = home / f"{_FILE}.draft"
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(state)))
    draft.replace(home / _FILE)
