"""`santong connector try` on every system of the demo: rows beside records, nobody's data."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("acceptance")]

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["sap", "woo", "pos"])
def test_a_system_of_the_demo_is_tried_and_names_nobody(retailer, name):
    told = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "connector", "try", name, "--rows", "20"],
        cwd=_ROOT,
        env={**os.environ, **retailer.state.environment, "COLUMNS": "220"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "memberships  " in told.stdout
    assert "***" in told.stdout
    for personal in ("林小满", "13912345678", "139 1234 5678", "@"):
        assert personal not in told.stdout
