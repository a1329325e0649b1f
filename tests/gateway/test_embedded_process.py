import os
import signal
import sys
import threading

import pytest

from gateway.embedded import EmbeddedError, OwnedProcess

_IGNORES_TERM = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(60)"
)


def _start(tmp_path, code, **more):
    return OwnedProcess(
        "child",
        [sys.executable, "-c", code],
        log=tmp_path / "child.log",
        directory=tmp_path,
        **more,
    )


def test_it_is_ready_when_the_check_says_so(tmp_path):
    with _start(tmp_path, "print('up', flush=True); import time; time.sleep(60)") as child:
        child.wait_ready(lambda: "up" in child.tail(), within=10)
        assert child.exit_code is None
    assert child.exit_code == -signal.SIGTERM


def test_one_that_ends_early_says_so_with_the_end_of_its_log(tmp_path):
    child = _start(tmp_path, "import sys; print('no such port'); sys.exit(3)")
    with child, pytest.raises(EmbeddedError, match=r"ended \(3\)[\s\S]*no such port") as caught:
        child.wait_ready(lambda: False, within=10)
    assert caught.value.code == "EMBEDDED_ENDED"


def test_one_that_is_never_ready_says_so(tmp_path):
    child = _start(tmp_path, "import time; time.sleep(60)")
    with child, pytest.raises(EmbeddedError) as caught:
        child.wait_ready(lambda: False, within=0.1)
    assert caught.value.code == "EMBEDDED_NOT_READY"


def test_one_that_ignores_the_signal_is_ended_all_the_same(tmp_path):
    child = _start(tmp_path, _IGNORES_TERM, patience=0.2)
    child.wait_ready(lambda: "up" in child.tail(), within=10)
    child.stop()
    assert child.exit_code == -signal.SIGKILL


def test_stopping_twice_is_stopping_once(tmp_path):
    child = _start(tmp_path, "pass")
    child.stop()
    child.stop()
    assert child.exit_code is not None


def test_children_of_the_child_end_with_it(tmp_path):
    code = (
        "import subprocess, sys, time;"
        "own = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(own.pid, flush=True); time.sleep(60)"
    )
    with _start(tmp_path, code) as child:
        child.wait_ready(lambda: child.tail().isdigit(), within=10)
        own = os.pidfd_open(int(child.tail())) if hasattr(os, "pidfd_open") else None
    if own is not None:
        with pytest.raises(ProcessLookupError):
            _until_gone(own)
        os.close(own)


def _until_gone(descriptor):
    import select  # noqa: PLC0415  # only where pidfd_open exists

    assert select.select([descriptor], [], [], 5)[0]
    signal.pidfd_send_signal(descriptor, 0)
    raise ProcessLookupError  # a zombie that nobody reaps counts as gone


def test_the_log_of_the_run_before_is_kept(tmp_path):
    for word in ("first", "second"):
        with _start(tmp_path, f"print('{word}')") as child:
            child.wait_ready(lambda: child.exit_code == 0, within=10)
    assert child.tail() == "second"
    assert (tmp_path / "child.previous.log").read_text() == "first\n"


def test_another_thread_than_the_main_one_may_not_start_it(tmp_path):
    caught = []

    def start():
        with pytest.raises(EmbeddedError) as error:
            _start(tmp_path, "pass")
        caught.append(error.value.code)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert caught == ["EMBEDDED_THREAD"]


def test_the_watchdog_ends_the_child_when_the_pipe_closes(tmp_path):
    child = _start(tmp_path, "import time; time.sleep(60)", watched=True)
    watch = child._watch
    watch.stdin.close()
    assert watch.wait(10) == 0
    child._child.wait(10)
    assert child.exit_code == -signal.SIGKILL
    child.stop()
