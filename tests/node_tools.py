"""Runs the scripts of tests/node with a Node that is new enough; without one a test fails."""

import json
import os
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

NODE_TESTS = Path(__file__).parent / "node"
NODE_MODULES = NODE_TESTS / "node_modules"
_OLDEST = (22, 12)
_ASK = "console.log(process.execPath); console.log(process.versions.node)"
_REMEDY = "`make test` installs it"


class Run(NamedTuple):
    """How a script ended and what it said."""

    status: int
    output: str
    complaint: str

    def json(self) -> Any:
        """Its output, which the scripts for the gateway write as JSON."""
        try:
            return json.loads(self.output)
        except ValueError:
            pytest.fail(f"the script wrote no JSON (status {self.status}): {self.complaint}")


@cache
def find_node() -> str:
    """The program itself, not the wheel's wrapper, which would outlive its own end."""
    named = os.environ.get("SANTONG_NODE")
    candidates = [named] if named else [Path(sys.prefix, "bin", "node"), shutil.which("node")]
    for candidate in candidates:
        if candidate and Path(candidate).exists():
            program, version = _ask(candidate)
            if tuple(int(part) for part in version.split(".")[:2]) >= _OLDEST:
                return program
    pytest.fail(f"there is no Node {_OLDEST[0]}.{_OLDEST[1]} or newer; {_REMEDY}")


def _ask(candidate: str | Path) -> tuple[str, str]:
    words = [str(candidate), "-e", _ASK]
    answer = subprocess.run(words, check=True, capture_output=True, text=True, timeout=30)
    program, version = answer.stdout.split()
    return program, version


def run_node(*words: str | Path, cwd: Path = NODE_TESTS, seconds: float = 100, **env: str) -> Run:
    """Run Node to its end; what still runs after `seconds` ends with all its children."""
    if not NODE_MODULES.is_dir():
        pytest.fail(f"the packages of tests/node are not installed; {_REMEDY}")
    command = [find_node(), *map(str, words)]
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            output, complaint = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail(f"{words[0]} did not end within {seconds} s")
    return Run(process.returncode, output, complaint)
