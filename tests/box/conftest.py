"""Other users to run the box as, and places that they can reach."""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_NOBODY = 65534


@pytest.fixture
def places():
    """A root of its own outside of pytest's 0700 one, so that others can reach what they own."""
    place = Path("/tmp") / f"santong-box-{os.getpid()}"  # noqa: S108  # removed below, made afresh
    place.mkdir(mode=0o755)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def ordinary():
    """An interpreter of this version that nobody may run, with the same packages."""
    wanted = "import sys, gateway.app; sys.exit(sys.version_info[:2] != tuple(%r))"
    for interpreter in (sys.executable, shutil.which("python3", path="/usr/local/bin:/usr/bin")):
        if interpreter is None:
            continue
        more = {
            "user": _NOBODY,
            "group": _NOBODY,
            "extra_groups": [],
            "env": {"PYTHONPATH": f"{_ROOT}:{sysconfig.get_path('platlib')}", "PATH": os.defpath},
        }
        check = [interpreter, "-c", wanted % [*sys.version_info[:2]]]
        try:
            tried = subprocess.run(check, cwd="/", check=False, timeout=20, **more)
            if tried.returncode == 0:
                return {"interpreter": (interpreter,), **more}
        except PermissionError:
            continue
    if os.geteuid() != 0:
        return pytest.skip("no interpreter here that another user may run")
    # The interpreter lies in root's own home: the user may read there, and write nowhere else.
    own = str(Path(__file__).with_name("as_nobody.py"))
    words = (sys.executable, "-S", own, sys.executable)
    environment = {"PYTHONPATH": f"{_ROOT}:{sysconfig.get_path('platlib')}", "PATH": os.defpath}
    return {"interpreter": words, "env": environment}
