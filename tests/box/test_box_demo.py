"""The whole demo, as `make demo` starts it: its start, its commands, and every way that it ends."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.box,
    pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc"),
]

_ROOT = Path(__file__).parents[2]
_CLI = [sys.executable, "-m", "gateway.cli"]
_READY = "Ctrl-C stops everything."
_CLEAN = {
    name: value for name, value in os.environ.items() if not name.startswith(("SANTONG_", "DEMO_"))
}


def _environment(home):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {**_CLEAN, "SANTONG_HOME": str(home), "SANTONG_PORT": str(port)}


def _read_until(run, words):
    told = ""
    while words not in told:
        line = run.stdout.readline()
        assert line, told
        told += line
    return told


def _gone_within(seconds, living, home):
    deadline = time.monotonic() + seconds
    while living(home) and time.monotonic() < deadline:
        time.sleep(0.05)
    return living(home) == []


def _secret(home):
    return json.loads((home / "demo.json").read_text())["environment"]["SANTONG_SECRET_KEY"]


class _Demo:
    def __init__(self, home, command=(*_CLI, "demo"), **more):
        self.home = home
        self.environment = more.pop("env", None) or _environment(home)
        self.run = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **more,
        )
        self.told = _read_until(self.run, _READY)

    def command(self, *arguments):
        return subprocess.run(
            [*_CLI, *arguments],
            cwd=_ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def end(self, one):
        self.run.send_signal(one)
        self.told, _ = self.run.communicate(timeout=30)
        return self.run.returncode


@pytest.fixture
def demos():
    """Starts demos, and leaves none behind whatever the test finds."""
    started = []

    def start(*arguments, **more):
        started.append(_Demo(*arguments, **more))
        return started[-1]

    yield start
    for demo in started:
        demo.run.kill()
        demo.run.communicate()


@pytest.mark.parametrize("one", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_on_a_signal_with_nothing_left_running(demos, tmp_path, living, one):
    demo = demos(tmp_path)
    assert len(living(tmp_path)) >= 6
    assert demo.end(one) == 0
    assert living(tmp_path) == []


def test_the_box_greets_and_its_commands_work(demos, tmp_path, living):
    demo = demos(tmp_path)
    for words in ("OPERATIONS", "SERVICE", "GUIDE of store M0001", "CONSUMER 林小满", "/metrics"):
        assert words in demo.told
    answer = demo.command("query", "{ channels { code } }")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert len(json.loads(answer.stdout)["data"]["channels"]) == 10
    assert demo.command("demo", "fault", "shop", "error500").stdout == "shop: error500\n"
    assert "shop: error500" in _read_until(demo.run, "shop: error500")
    assert demo.command("demo", "fault", "shop", "none").returncode == 0
    assert "shop: well again" in _read_until(demo.run, "shop: well again")
    for system in ("shop", "pos"):
        arrived = demo.command("demo", "orders", system, "3")
        assert arrived.stdout == f"{system}: 3 orders arrived\n", arrived.stderr
    assert demo.command("demo", "orders", "sap", "3").returncode == 1
    assert demo.end(signal.SIGTERM) == 0


def test_its_worker_takes_in_what_the_systems_have(demos, tmp_path):
    demo = demos(tmp_path)
    deadline, done = time.monotonic() + 100, []
    while len(done) < 8 and time.monotonic() < deadline:
        streams = json.loads(demo.command("work", "status", "--json").stdout)["streams"]
        done = [one["connector"] for one in streams if one["state"] == "DONE"]
    assert sorted(done) == ["pos"] * 3 + ["sap"] * 2 + ["woo"] * 3
    assert demo.end(signal.SIGTERM) == 0


def test_nothing_lives_two_seconds_after_it_is_killed(demos, tmp_path, living):
    demo = demos(tmp_path)
    demo.run.kill()
    assert _gone_within(2, living, tmp_path)


def test_nothing_lives_two_seconds_after_its_own_parent_is_killed(demos, tmp_path, living):
    make = [sys.executable, "-c", "import subprocess, sys; subprocess.call(sys.argv[1:])"]
    demo = demos(tmp_path, command=[*make, *_CLI, "demo", "--with-parent"])
    demo.run.kill()
    assert _gone_within(2, living, tmp_path)


def test_a_second_start_after_a_kill_keeps_tokens_and_is_quick(demos, tmp_path):
    first = demos(tmp_path)
    secret = _secret(tmp_path)
    first.run.kill()
    began = time.monotonic()
    second = demos(tmp_path, env=first.environment)
    assert time.monotonic() - began < 40
    assert second.command("query", "{ channels { code } }").returncode == 0
    assert _secret(tmp_path) == secret
    assert second.end(signal.SIGTERM) == 0


def test_a_part_that_dies_is_named_and_ends_the_rest(demos, tmp_path, living):
    demo = demos(tmp_path)
    words = b"demo.sap"
    for pid in living(tmp_path):
        if words in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    told, _ = demo.run.communicate(timeout=15)
    assert demo.run.returncode == 1
    assert "DEMO_CHILD_ENDED sap ended (-9)" in told
    assert living(tmp_path) == []


def test_a_signal_while_it_starts_ends_it_too(tmp_path, living):
    run = subprocess.Popen(
        [*_CLI, "demo"], cwd=_ROOT, env=_environment(tmp_path), stdout=subprocess.PIPE, text=True
    )
    _read_until(run, "PostgreSQL and Valkey")
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=6)
    assert run.returncode == 0
    assert living(tmp_path) == []


def test_another_demo_in_the_same_home_is_refused_and_the_first_goes_on(demos, tmp_path):
    demo = demos(tmp_path)
    other = {**_environment(tmp_path)}
    told = subprocess.run(
        [*_CLI, "demo"],
        cwd=_ROOT,
        env=other,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert told.returncode == 1
    assert "EMBEDDED_HOME_BUSY" in told.stderr
    assert demo.command("query", "{ channels { code } }").returncode == 0


def test_its_home_is_private_and_nothing_outside_it_changes(demos, tmp_path):
    home = tmp_path / "home"
    above = [(one, one.stat().st_mode, one.stat().st_uid) for one in home.parents]
    users = Path("/etc/passwd").read_bytes()
    demo = demos(home)
    assert demo.end(signal.SIGTERM) == 0
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert [(one, one.stat().st_mode, one.stat().st_uid) for one in home.parents] == above
    assert Path("/etc/passwd").read_bytes() == users


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")
def test_root_and_then_an_ordinary_user_each_in_a_home_of_their_own(
    demos, places, ordinary, living
):
    first = demos(places / "root")
    assert first.end(signal.SIGTERM) == 0
    places.chmod(0o1777)  # as /tmp is
    home = places / "ordinary"
    interpreter = ordinary.pop("interpreter")
    more = {**ordinary, "env": {**_environment(home), **ordinary["env"]}}
    second = demos(home, command=[*interpreter, *_CLI[1:], "demo"], **more)
    assert home.stat().st_uid == 65534
    assert second.command("query", "{ channels { code } }").returncode == 0
    assert second.end(signal.SIGTERM) == 0
    assert living(places) == []
