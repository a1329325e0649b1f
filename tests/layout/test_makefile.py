import os
import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_MAKE = shutil.which("make") or "make"


@pytest.fixture
def repository(tmp_path):
    """The build's files in a place of their own, as if everything had been installed there."""
    place = tmp_path / "my repository"
    for name in ("locks", ".ci"):
        shutil.copytree(_ROOT / name, place / name)
    for name in ("gateway/explorer", "tests/node", "tests/cap", "tests/vendure"):
        (place / name / "node_modules").mkdir(parents=True)
        shutil.copy(_ROOT / name / "package-lock.json", place / name)
    shutil.copytree(_ROOT / "tests/tryton", place / "tests/tryton")
    shutil.copy(_ROOT / "Makefile", place)
    (place / "gateway/explorer/dist").mkdir()
    for name in ("bin", "tryton", "clients"):
        (place / ".venv" / name).mkdir(parents=True)
    _install(place)
    return place


def _install(place):
    (place / ".venv/made.stamp").write_text(f"{place}\n")
    made = (
        *(".venv/made.stamp", ".venv/run.stamp", ".venv/bin/santong", ".venv/dev.stamp"),
        ".venv/dedupe.stamp",
        ".venv/clients/made.stamp",
        ".venv/node.stamp",
        ".venv/tryton/fresh.sqlite",
        *(
            f"{name}/node_modules/.package-lock.json"
            for name in ("gateway/explorer", "tests/node", "tests/cap", "tests/vendure")
        ),
        "gateway/explorer/dist/index.html",
    )
    # a while ahead, each later than the one before it
    newest = max(file.stat().st_mtime for file in place.rglob("*"))
    for number, name in enumerate(made, start=1):
        (place / name).touch()
        os.utime(place / name, (newest + number, newest + number))


def _planned(place, *goals):
    told = subprocess.run(
        [_MAKE, "-n", *goals], cwd=place, capture_output=True, text=True, check=True
    )
    return told.stdout


def test_what_is_installed_is_not_installed_again(repository):
    planned = _planned(repository, "demo", "test")
    assert "installing" not in planned
    assert "venv --clear" not in planned


def test_a_repository_that_was_moved_makes_its_environment_anew(repository):
    moved = repository.rename(repository.with_name("moved"))
    planned = _planned(moved, "lint")
    assert "venv --clear .venv" in planned
    assert "installing locks/dev.txt" in planned


@pytest.mark.parametrize(
    ("lock", "step"),
    [
        ("locks/run.txt", "installing locks/run.txt"),
        ("locks/dev.txt", "installing locks/dev.txt"),
        ("locks/node.txt", ".ci/with-node true"),
        ("tests/node/package-lock.json", "installing tests/node/package-lock.json"),
        ("tests/cap/package-lock.json", "installing tests/cap/package-lock.json"),
        ("tests/vendure/package-lock.json", "installing tests/vendure/package-lock.json"),
        ("locks/tryton.txt", "installing locks/tryton.txt"),
        ("locks/clients.txt", "installing locks/clients.txt"),
    ],
)
def test_a_lock_that_changed_is_installed_again(repository, lock, step):
    later = (repository / "gateway/explorer/dist/index.html").stat().st_mtime + 1
    os.utime(repository / lock, (later, later))
    assert step in _planned(repository, "test")
