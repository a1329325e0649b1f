"""The mock upstream as a child process of a bench, and how much it was asked."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from bench.processes import Server, child, free_port


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where it listens."""

    server: Server

    @property
    def address(self) -> str:
        """Its base address."""
        return self.server.address

    def asked(self) -> dict[str, int]:
        """Calls, keys and rows since it began."""
        with urlopen(f"{self.address}/asked") as answer:  # noqa: S310 - our own loopback address
            found: dict[str, int] = json.load(answer)
            return found


@contextmanager
def upstream(home: Path, *, latency_ms: float = 0.0) -> Iterator[Upstream]:
    """Runs it on a free port."""
    port = free_port()
    command = [sys.executable, "-m", "bench.upstream", "--port", str(port)]
    command += ["--latency-ms", str(latency_ms)]
    with child(home, "upstream", command, {}, port) as process:
        yield Upstream(Server("mock upstream", f"http://127.0.0.1:{port}", (process.pid,)))
