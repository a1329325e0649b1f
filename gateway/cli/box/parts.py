"""The box's Python parts as owned child processes."""

import os
import re
import sys
from pathlib import Path

from gateway.embedded import OwnedProcess
from gateway.embedded.home import private_directory

_SOURCES = Path(__file__).parents[3]
_LISTENING = re.compile(r"^(?:listening|control) on (\S+)$", re.MULTILINE)
_PATIENCE = 0.6


def start_part(
    home: Path, name: str, module: str, *arguments: str, patience: float = _PATIENCE
) -> OwnedProcess:
    """Starts `python -m module`; its log is `home/log/<name>.log`."""
    return OwnedProcess(
        name,
        [sys.executable, "-m", module, *arguments],
        log=private_directory(home, "log") / f"{name}.log",
        directory=_SOURCES,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "SANTONG_HOME": str(home)},
        patience=patience,
    )


def run_part(home: Path, name: str, module: str, *arguments: str, within: float) -> None:
    """Runs `python -m module` to its good end."""
    with start_part(home, name, module, *arguments) as part:
        part.wait_ready(lambda: part.exit_code == 0, within=within)


def wait_listening(part: OwnedProcess, *, within: float) -> str:
    """The address that the part says it listens on, once it does."""
    part.wait_ready(lambda: _LISTENING.search(part.tail()) is not None, within=within)
    found = _LISTENING.search(part.tail())
    return found[1] if found else ""
