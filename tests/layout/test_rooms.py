"""The rooms: who may import whom, and that their plain names are ours."""

import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = {"gateway", "work", "schema", "capabilities", "connectors", "cache", "store", "demo"}
BANNED = {
    "manager",
    "helper",
    "helpers",
    "utils",
    "util",
    "service",
    "data",
    "info",
    "common",
    "misc",
}


def test_the_direction_of_imports_holds():
    outcome = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_no_other_distribution_owns_a_room_name():
    owners = {
        room: [name for name in names if name != "santong"]
        for room, names in metadata.packages_distributions().items()
        if room in ROOMS
    }
    assert not {room: names for room, names in owners.items() if names}


def test_every_room_is_a_package_of_this_repository():
    assert {room for room in ROOMS if (ROOT / room / "__init__.py").is_file()} == ROOMS


def test_tests_and_docker_are_no_packages():
    found = [*ROOT.glob("tests/**/__init__.py"), *ROOT.glob("docker/**/__init__.py")]
    assert [path for path in found if "node_modules" not in path.parts] == []


def test_no_module_has_a_name_that_says_nothing():
    named = {path: path.stem for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert [str(path) for path, name in named.items() if name in BANNED] == []


def test_no_room_imports_relatively():
    lines = [
        f"{path}: {line}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if "node_modules" not in path.parts
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("from .")
    ]
    assert lines == []


def test_the_distribution_cannot_be_uploaded():
    assert "Private :: Do Not Upload" in (ROOT / "pyproject.toml").read_text("utf-8")


def test_locks_name_no_registry():
    for lock in [*ROOT.glob("locks/*.txt"), *ROOT.glob("**/package-lock.json")]:
        if "node_modules" in lock.parts:
            continue
        text = lock.read_text("utf-8")
        assert "--index" not in text
        assert '"resolved"' not in text
        assert "--find-links" not in text
