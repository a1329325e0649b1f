"""The servers of the box alone: as each user to be had here, and their end with the parent."""

import os
import pwd
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from gateway.embedded import EmbeddedError, EmbeddedPostgres

pytestmark = [
    pytest.mark.box,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")

_ROOT = Path(__file__).parents[2]
_NOBODY = 65534
_RUN = """
import sys, time
from pathlib import Path
from gateway.embedded import EmbeddedPostgres, EmbeddedValkey, OwnedProcess, identity
if sys.argv[2] != "any":
    ways = identity._ways
    identity._ways = lambda: [way for way in ways() if way.startswith(sys.argv[2])]
home = Path(sys.argv[1])
with EmbeddedPostgres.start(home) as postgres, EmbeddedValkey.start(home) as valkey:
    postgres.create_database("santong")
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    with OwnedProcess("sleeper", sleep, log=home / "log/sleeper.log", directory=home, watched=True):
        print(postgres.dsn("santong"), flush=True)
        sys.stdin.read()
"""


def _run(home, way="any", interpreter=(sys.executable,), **more):
    command = [*interpreter, "-c", _RUN, str(home), way]
    return subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more
    )


def _end(run):
    run.communicate(timeout=20)
    return run.returncode


def _permissions(place):
    return [(one, stat.S_IMODE(one.stat().st_mode), one.stat().st_uid) for one in place.parents]


@pytest.mark.parametrize("way", ["any", pytest.param("caps", marks=as_root)])
def test_nothing_lives_two_seconds_after_the_parent_is_killed(tmp_path, living, way):
    run = _run(tmp_path, way)
    run.stdout.readline()
    assert len(living(tmp_path)) > 5
    run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 2
    while living(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert living(tmp_path) == []
    _end(run)


def test_the_same_home_starts_again_after_the_parent_was_killed(tmp_path):
    first = _run(tmp_path)
    with psycopg.connect(first.stdout.readline().strip()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS id")
        connection.commit()
        first.kill()
        first.communicate()
    second = _run(tmp_path)
    with psycopg.connect(second.stdout.readline().strip()) as connection:
        assert connection.execute("SELECT id FROM kept").fetchone() == (7,)
    assert _end(second) == 0


def test_an_orderly_end_leaves_nothing(tmp_path, living):
    run = _run(tmp_path)
    run.stdout.readline()
    assert _end(run) == 0
    assert living(tmp_path) == []


@as_root
@pytest.mark.parametrize("way", ["userns", "caps"])
def test_root_runs_it_in_a_0700_home_and_changes_nothing_outside(tmp_path, way):
    above, users = _permissions(tmp_path / "home"), Path("/etc/passwd").read_bytes()
    run = _run(tmp_path / "home", way)
    if way == "userns" and not run.stdout.readline():
        pytest.skip("user namespaces are closed here")
    assert _end(run) == 0
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert _permissions(tmp_path / "home") == above
    assert Path("/etc/passwd").read_bytes() == users


@as_root
def test_root_uses_one_home_in_both_ways_in_turn(tmp_path):
    for way in ("caps", "any", "caps"):
        run = _run(tmp_path, way)
        assert run.stdout.readline().startswith("postgresql://")
        assert _end(run) == 0


@as_root
def test_root_uses_a_home_below_the_private_directory_of_another(places):
    private = places / "private"
    private.mkdir(mode=0o700)
    os.chown(private, _NOBODY, -1)
    run = _run(private / "home")
    assert run.stdout.readline().startswith("postgresql://")
    assert _end(run) == 0


@as_root
def test_root_with_no_other_identity_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.embedded.identity._ways", list)
    with pytest.raises(EmbeddedError, match="Run as an ordinary user") as caught:
        EmbeddedPostgres.start(tmp_path)
    assert caught.value.code == "EMBEDDED_ROOT"


@as_root
def test_root_and_then_an_ordinary_user_each_in_a_home_of_their_own(places, ordinary):
    users = pwd.getpwall()
    first = _run(places / "root")
    assert first.stdout.readline().startswith("postgresql://")
    assert _end(first) == 0
    os.chmod(places, 0o1777)  # noqa: S103, PTH101  # as /tmp is
    second = _run(places / "ordinary", **ordinary)
    assert second.stdout.readline().startswith("postgresql://")
    assert _end(second) == 0
    assert (places / "ordinary" / "pg").stat().st_uid == _NOBODY
    assert pwd.getpwall() == users


@as_root
@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_the_home_of_another_is_refused(places, ordinary, mode):
    (places / "root").mkdir(mode=mode)
    run = _run(places / "root", stderr=subprocess.PIPE, **ordinary)
    _, complaint = run.communicate(timeout=20)
    assert run.returncode != 0
    assert "Set SANTONG_HOME to a directory of your own" in complaint
