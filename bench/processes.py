"""Child processes of a bench: the retailer in a box, a floor, and the CPU time they take."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

_TICKS = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Server:
    """A server under load: its address, its token, and the process whose CPU counts."""

    address: str
    token: str
    pid: int

    def cpu_seconds(self) -> float:
        """CPU time of the process and of its children, so far."""
        return sum(_cpu(pid) for pid in (self.pid, *_children(self.pid)))


@asynccontextmanager
async def box() -> AsyncIterator[Server]:
    """The retailer in a box on a free port; the gateway's process is the one that counts."""
    with TemporaryDirectory(prefix="santong-bench-") as home:
        port = free_port()
        own = {**os.environ, "SANTONG_HOME": home, "SANTONG_PORT": str(port)}
        own["SANTONG_LOG_LEVEL"] = "INFO"
        async with _child("-m", "gateway.cli", "demo", environment=own) as process:
            address = f"http://127.0.0.1:{port}"
            await _answers(port, process)
            token = await _output("-m", "gateway.cli", "token", environment=own)
            yield Server(address, token, _gateway(process.pid))


@asynccontextmanager
async def echo(body: bytes) -> AsyncIterator[Server]:
    """The floor: a bare ASGI application that answers the same bytes under the same server."""
    port = free_port()
    with TemporaryDirectory(prefix="santong-bench-") as home:
        file = _written(Path(home, "body.json"), body)
        own = {**os.environ, "BENCH_BODY": str(file), "BENCH_PORT": str(port)}
        async with _child("-m", "bench.echo", environment=own) as process:
            await _answers(port, process)
            yield Server(f"http://127.0.0.1:{port}", "none", process.pid)


def _written(file: Path, body: bytes) -> Path:
    file.write_bytes(body)
    return file


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@asynccontextmanager
async def _child(
    *words: str, environment: dict[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def _output(*words: str, environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, env=environment, stdout=asyncio.subprocess.PIPE
    )
    text, _ = await process.communicate()
    return text.decode().strip()


async def _answers(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"a server of the bench ended with {process.returncode}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        direct = [int(word) for word in (task / "children").read_text().split()]
        found += direct + [one for child in direct for one in _children(child)]
    return found


def _gateway(pid: int) -> int:
    for child in _children(pid):
        words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
        if b"serve" in words:
            return child
    raise RuntimeError("the box has no gateway")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
