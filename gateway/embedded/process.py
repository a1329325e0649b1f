"""A child process that is ready when we say so, is stopped by us, and never outlives us."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from gateway.embedded.errors import EmbeddedError

_HERE = Path(__file__).parent
_BARE = (sys.executable, "-I", "-S")
_POLL_SECONDS = 0.02
_TAIL_LINES = 20
_TAIL_BYTES = 8192

Check = Callable[[], bool]


def tied(
    command: Sequence[str],
    *,
    directory: Path,
    identity: str = "self",
    death: signal.Signals = signal.SIGKILL,
) -> list[str]:
    """A command whose process gets the signal `death` when we are gone."""
    launcher = (*_BARE, str(_HERE / "launch.py"), str(os.getpid()), str(int(death)))
    return [*launcher, identity, str(directory), *command]


class OwnedProcess:
    """One child: its own process group, its log file, its death tied to ours.

    Start it from the main thread: Linux ties the child to the *thread* that forked it. `ending` are
    the signals tried in turn when it is stopped, for `patience` seconds in all; `death` is the one
    it gets when we are gone.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        directory: Path,
        env: Mapping[str, str] | None = None,
        identity: str = "self",
        ending: Sequence[signal.Signals] = (signal.SIGTERM,),
        death: signal.Signals = signal.SIGKILL,
        pass_fds: Sequence[int] = (),
        patience: float = 4.0,
        watched: bool = sys.platform != "linux",
    ) -> None:
        if threading.current_thread() is not threading.main_thread():
            raise EmbeddedError(f"start {name} from the main thread", code="EMBEDDED_THREAD")
        self.name = name
        self.log = log
        self._ending = ending
        self._patience = patience
        with _fresh_log(log) as sink:
            self._child = subprocess.Popen(  # noqa: S603  # our own command, no shell
                tied(command, directory=directory, identity=identity, death=death),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=env,
                pass_fds=pass_fds,
                process_group=0,
            )
        self._watch = _watchdog(self._child.pid, death) if watched else None

    @property
    def pid(self) -> int:
        """The number the system knows it by."""
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that ended it."""
        return self._child.poll()

    def wait_ready(self, ready: Check, *, within: float) -> None:
        """Returns when `ready` says so; a coded error if it ends or `within` seconds pass."""
        deadline = time.monotonic() + within
        while True:
            ended = self.exit_code  # before `ready`: its last act may be what makes it ready
            if ready():
                return
            if ended is not None:
                raise EmbeddedError(self.report(f"ended ({ended})"), code="EMBEDDED_ENDED")
            if time.monotonic() > deadline:
                report = self.report(f"not ready in {within:g} s")
                raise EmbeddedError(report, code="EMBEDDED_NOT_READY")
            time.sleep(_POLL_SECONDS)

    def tail(self) -> str:
        """The last lines it wrote."""
        with contextlib.suppress(OSError), self.log.open("rb") as written:
            written.seek(0, os.SEEK_END)
            written.seek(max(0, written.tell() - _TAIL_BYTES))
            lines = written.read().decode(errors="replace").splitlines()
            return "\n".join(lines[-_TAIL_LINES:])
        return ""

    def stop(self) -> None:
        """Ends it: each signal of `ending` has its share of the patience, then SIGKILL."""
        if self._watch is not None:
            self._watch.kill()
            self._watch.communicate()
            self._watch = None
        share = self._patience / len(self._ending)
        any(self._ended_by(one, share) for one in self._ending)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # what is left of it and of its own children
        self._child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _ended_by(self, one: signal.Signals, seconds: float) -> bool:
        self._child.send_signal(one)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(seconds)
            return True
        return False

    def report(self, what: str) -> str:
        """`what` happened to it, with the last lines it wrote."""
        return f"{self.name} {what}; the end of {self.log}:\n{self.tail()}"


@contextlib.contextmanager
def _fresh_log(path: Path) -> Iterator[int]:
    """Opens an empty log and keeps the one before beside it."""
    if path.exists():
        path.replace(path.with_suffix(".previous.log"))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _watchdog(pid: int, death: signal.Signals) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603  # our own file, no shell
        [*_BARE, str(_HERE / "watch.py"), str(pid), str(int(death))],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        process_group=0,
    )
