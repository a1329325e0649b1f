"""How each peer is started: one process, its own client to the systems, production settings."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import ROOT, Server, child, free_port

_PEERS = ROOT / "bench" / "peers"
_PYTHON = ROOT / ".venv" / "peers" / "bin" / "python"
_HINT = "run `make bench-setup` first"

# Named where the others stand: what is not measured, and why.
NOT_MEASURED = {
    "Apollo Router with Connectors": "its binary is on no package registry",
    "Cosmo Router": "its binary is on no package registry",
    "Hive Router": "its binary is on no package registry",
}
NODE = {
    "Node ceiling (graphql-jit + undici)": ("ceiling.js", "undici"),
    "Yoga + undici": ("yoga.js", "undici"),
    "Yoga + fetch": ("yoga.js", "fetch"),
    "Apollo Server + fetch": ("apollo.js", "fetch"),
}
PYTHON = {
    "Strawberry + httpx": ("strawberry_peer", "httpx"),
    "Ariadne + httpx": ("ariadne_peer", "httpx"),
    "Strawberry, no wire": ("strawberry_peer", "none"),
}
HIVE = "Hive Gateway + Mesh"


def node() -> str:
    """The path of Node itself; what is on the path may be a wrapper that starts a child."""
    told = subprocess.run(  # noqa: S603 - our own command
        [str(ROOT / ".ci" / "with-node"), "node", "-p", "process.execPath"],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.strip()


@contextmanager
def peer(home: Path, name: str, upstream: str) -> Iterator[Server]:
    """A peer, started and listening."""
    command, wire = _command(name)
    with _peer(home, name, command, upstream, wire) as server:
        yield server


def _command(name: str) -> tuple[list[str], str]:
    if name in PYTHON:
        module, wire = PYTHON[name]
        _needed(_PYTHON, name)
        return [str(_PYTHON), "-m", f"bench.peers.python.{module}"], wire
    script, wire = NODE[name]
    _needed(_PEERS / "node" / "node_modules", name)
    return [node(), str(_PEERS / "node" / script)], wire


def _needed(place: Path, name: str) -> None:
    if not place.exists():
        raise RuntimeError(f"the packages of {name} are not installed; {_HINT}")


@contextmanager
def _peer(home: Path, name: str, command: list[str], upstream: str, wire: str) -> Iterator[Server]:
    port = free_port()
    own = {
        "BENCH_PORT": str(port),
        "BENCH_UPSTREAM": upstream,
        "BENCH_WIRE": wire,
        "NODE_ENV": "production",
    }
    with child(home, name, command, own, port) as process:
        yield Server(name, f"http://127.0.0.1:{port}", (process.pid,))
