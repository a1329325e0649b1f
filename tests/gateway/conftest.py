"""The command line as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("SANTONG_")}


@pytest.fixture
def santong(tmp_path):
    """Runs `santong` with a home and settings of the test's own."""

    def run(*arguments, **environment):
        return subprocess.run(
            [sys.executable, "-m", "gateway.cli", *arguments],
            cwd=_ROOT,
            env={**_CLEAN, "SANTONG_HOME": str(tmp_path), **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    return run
