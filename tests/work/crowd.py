"""Processes of a dual write that can be started and killed, and the PostgreSQL below them."""

import os
import signal
import subprocess
import sys
import time

from gateway.embedded import EmbeddedPostgres

GATEWAY, WORKER = "gateway", "worker"
_LIVING = (GATEWAY, WORKER, GATEWAY)


class Crowd:
    """Two gateways and a worker that always live; whoever dies is followed by another."""

    def __init__(self, *words):
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.work.dual_child", *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._seeds = iter(range(1_000_000))
        self._living = [self._follower(kind) for kind in _LIVING]
        self._mover = None

    def kill_one(self, kind, luck):
        """kill −9 of one of a kind; none may have ended by itself."""
        place = luck.choice([n for n, one in enumerate(_LIVING) if one == kind])
        assert _killed(self._living[place]), f"a {kind} ended by itself"
        self._living[place] = self._follower(kind)

    def begin(self, words):
        """Somebody takes a step."""
        self._mover = self.start(words)

    def kill_mover(self):
        """kill −9 of whoever takes it; False where it was taken by then."""
        return _killed(self._mover)

    def finish(self, words, seconds=180.0):
        """The step is taken, however often it is begun."""
        self.begin(words)
        until = time.monotonic() + seconds
        while _lives(self._mover):
            assert time.monotonic() < until, f"a step was not taken: {words}"
            time.sleep(0.01)

    def start(self, words):
        self._server.stdin.write(words + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def end(self):
        """However the test ends, nothing of it goes on."""
        for process in (*self._living, self._mover):
            if process is not None:
                _killed(process)
        self._server.stdin.close()
        self._server.wait(30)
        self._server.stdout.close()

    def _follower(self, kind):
        return self.start(f"gateway {next(self._seeds)}" if kind == GATEWAY else kind)


class Ground:
    """A PostgreSQL of its own, which can be stopped at once."""

    def __init__(self, home):
        self._home = home
        self.postgres = EmbeddedPostgres.start(home)

    def stop_at_once(self):
        """An immediate stop, as when the power goes, and a start that recovers."""
        os.kill(self.postgres.process.pid, signal.SIGQUIT)
        self.postgres.stop()
        self.postgres = EmbeddedPostgres.start(self._home)

    def close(self):
        self.postgres.stop()


def _killed(process):
    """At once, whatever it does; False where it had ended by itself."""
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _lives(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
