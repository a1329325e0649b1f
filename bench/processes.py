"""Servers of a bench as owned child processes, with the CPU time and the memory that they take."""

import os
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.embedded import OwnedProcess

ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    """A server under load; `pids` are the processes whose trees count as its own."""

    name: str
    address: str
    pids: tuple[int, ...]
    token: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request to it."""
        return {
            "authorization": f"Bearer {self.token or 'none'}",
            "content-type": "application/json",
            "accept": "application/json",
        }

    def cpu_seconds(self) -> float:
        """CPU time of all its processes, so far."""
        return sum(_cpu(one) for pid in self.pids for one in (pid, *_children(pid)))

    def memory_kb(self) -> int:
        """The memory that its processes have now, added up."""
        return sum(_said(one, "VmRSS:") for pid in self.pids for one in (pid, *_children(pid)))

    def peak_mb(self) -> float:
        """The most memory that its processes had, added up."""
        return (
            sum(_said(one, "VmHWM:") for pid in self.pids for one in (pid, *_children(pid))) / 1024
        )


@contextmanager
def child(
    home: Path, name: str, command: Sequence[str], environment: Mapping[str, str], port: int
) -> Iterator[OwnedProcess]:
    """A child that listens on the port; its log is `home/log/NAME.log`."""
    log = home / "log" / f"{name.replace(' ', '-').replace('/', '-')}.log"
    log.parent.mkdir(exist_ok=True)
    own = {**os.environ, **environment}
    with OwnedProcess(name, command, log=log, directory=ROOT, env=own) as process:
        process.wait_ready(lambda: _listens(port), within=_START_SECONDS)
        yield process


@contextmanager
def python_server(
    home: Path, name: str, module: str, environment: Mapping[str, str]
) -> Iterator[Server]:
    """A server in Python, `python -m MODULE`, told its port as BENCH_PORT."""
    port = free_port()
    own = {**environment, "BENCH_PORT": str(port)}
    with child(home, name, [sys.executable, "-m", module], own, port) as process:
        yield Server(name, f"http://127.0.0.1:{port}", (process.pid,))


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
        return True
    return False


def _children(pid: int) -> list[int]:
    found = []
    for task in _tasks(pid):
        direct = [int(word) for word in _read(task / "children").split()]
        found += direct + [one for each in direct for one in _children(each)]
    return found


def _tasks(pid: int) -> list[Path]:
    with suppress(OSError):
        return list(Path(f"/proc/{pid}/task").iterdir())
    return []


def _read(file: Path) -> str:
    with suppress(OSError):
        return file.read_text()
    return ""


def _cpu(pid: int) -> float:
    """User and system time, also of children that have ended."""
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def _said(pid: int, name: str) -> int:
    lines = _read(Path(f"/proc/{pid}/status")).splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)
