"""How each peer is started: one process, its own client to the systems, production settings."""

import os
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
GRAPHQL_JIT, GRAPHQL_JS = "graphql-jit chain", "graphql-js"
GRAPHQL_CORE = "graphql-core (Strawberry)"
FIELDS = {
    GRAPHQL_JIT: ("fields.js", "jit"),
    GRAPHQL_JS: ("fields.js", "js"),
    GRAPHQL_CORE: ("fields_peer", "none"),
}


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
def peer(home: Path, name: str, upstream: str, *, size: int = 0) -> Iterator[Server]:
    """A peer, started and listening; `size` is the length of a list from memory."""
    port = free_port()
    own = {"BENCH_PORT": str(port), "BENCH_UPSTREAM": upstream, "NODE_ENV": "production"}
    own["BENCH_SIZE"] = str(size)
    command, wire = _hive(home, own) if name == HIVE else _command(name)
    own["BENCH_WIRE"] = wire
    with child(home, name, command, own, port) as process:
        yield Server(name, f"http://127.0.0.1:{port}", (process.pid,))


def _command(name: str) -> tuple[list[str], str]:
    script, wire = {**NODE, **PYTHON, **FIELDS}[name]
    if not script.endswith(".js"):
        _needed(_PYTHON, name)
        return [str(_PYTHON), "-m", f"bench.peers.python.{script}"], wire
    _needed(_PEERS / "node" / "node_modules", name)
    return [node(), str(_PEERS / "node" / script)], wire


def _hive(home: Path, environment: dict[str, str]) -> tuple[list[str], str]:
    """Composes the graph for this upstream, as its build would, and serves it."""
    folder, graph = _PEERS / "hive", home / "supergraph.graphql"
    binaries = folder / "node_modules" / ".bin"
    _needed(binaries, HIVE)
    compose = [node(), str(binaries / "mesh-compose"), "-c", "mesh.config.js", "-o", str(graph)]
    told = subprocess.run(  # noqa: S603 - our own command
        compose, cwd=folder, env={**os.environ, **environment}, capture_output=True, check=False
    )
    if told.returncode:
        raise RuntimeError(told.stderr.decode())
    config = str(folder / "gateway.config.js")
    serve = [node(), str(binaries / "hive-gateway"), "supergraph", str(graph), "-c", config]
    return [*serve, "-h", "127.0.0.1", "-p", environment["BENCH_PORT"]], "fetch"


def _needed(place: Path, name: str) -> None:
    if not place.exists():
        raise RuntimeError(f"the packages of {name} are not installed; {_HINT}")
