"""The retailer in a box for the documentation's blocks, started once and ended with them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.box.state import read_state
from tests.docs.doc_blocks import ROOT

_READY = "Ctrl-C stops everything."


class DocsBox:
    """A running box; `stored` is the environment of its gateway."""

    def __init__(self, home: Path, programs: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("SANTONG_", "DEMO_"))}
        self.environment = {
            **clean,
            "SANTONG_HOME": str(home),
            "SANTONG_PORT": str(self.port),
            "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
        }
        self._demo = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "demo", "--with-parent", "--no-work"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        told = ""
        while _READY not in told:
            line = self._demo.stdout.readline()
            assert line, told
            told += line
        state = read_state(home)
        assert state is not None
        self.stored = {**self.environment, **state.environment}

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a shell line as it stands on a page, against this box."""
        line = line.replace(".venv/bin/", "").replace(":8000", f":{self.port}")
        return subprocess.run(
            ["/bin/sh", "-c", line],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def end(self) -> None:
        self._demo.send_signal(signal.SIGTERM)
        try:
            self._demo.communicate(timeout=20)
        finally:
            self._demo.kill()


@pytest.fixture(scope="session")
def programs(tmp_path_factory):
    """A folder with `santong` and `python` as the documentation names them."""
    folder = tmp_path_factory.mktemp("programs")
    commands = {"santong": f'"{sys.executable}" -m gateway.cli', "python": f'"{sys.executable}"'}
    for name, command in commands.items():
        (folder / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def docs_box(tmp_path_factory, programs):
    home = tmp_path_factory.mktemp("box")
    box = DocsBox(home, programs)
    yield box
    box.end()
    shutil.rmtree(home, ignore_errors=True)
