"""A cluster of three real Valkey nodes on loopback ports, ended with the test run."""

import contextlib
import socket
import time

from redis import Redis
from redis.exceptions import RedisError

from gateway.embedded.binaries import valkey_binary
from gateway.embedded.process import OwnedProcess

_SLOTS = 16384
_NODES = 3


def _free_ports(count):
    with contextlib.ExitStack() as held:
        lines = [held.enter_context(socket.socket()) for _ in range(count)]
        for line in lines:
            line.bind(("127.0.0.1", 0))
        return [line.getsockname()[1] for line in lines]


def _node(home, number, port, bus):
    place = home / f"node{number}"
    place.mkdir(parents=True)
    options = {
        "port": port,
        "cluster-port": bus,
        "bind": "127.0.0.1",
        "dir": place,
        "cluster-enabled": "yes",
        "cluster-config-file": "nodes.conf",
        "save": "",
        "cluster-node-timeout": 5000,
        "appendonly": "no",
        "daemonize": "no",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return OwnedProcess(
        f"Valkey {number}",
        [str(valkey_binary()), *words],
        log=place / "valkey.log",
        directory=place,
    )


def _answers(client):
    with contextlib.suppress(RedisError, OSError):
        return client.ping()
    return False


def _is_whole(client):
    state = client.execute_command("CLUSTER INFO")
    text = state.decode() if isinstance(state, bytes) else str(state)
    whole = "cluster_state:ok" in text or "'cluster_state': 'ok'" in text
    return whole and len(client.execute_command("CLUSTER SLOTS")) == _NODES


@contextlib.contextmanager
def running_cluster(home):
    """The URL of a cluster for `Near`."""
    ports = _free_ports(2 * _NODES)
    clients = [Redis(port=port) for port in ports[:_NODES]]
    with contextlib.ExitStack() as held:
        for number, client in enumerate(clients):
            node = held.enter_context(_node(home, number, ports[number], ports[number + _NODES]))
            node.wait_ready(lambda client=client: _answers(client), within=20)
            held.callback(client.close)
        for number, client in enumerate(clients):
            first = _SLOTS * number // _NODES
            last = _SLOTS * (number + 1) // _NODES - 1
            client.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
            client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
            if number:
                client.execute_command("CLUSTER MEET", "127.0.0.1", ports[0], ports[_NODES])
        ends = time.monotonic() + 30
        while not all(map(_is_whole, clients)):
            assert time.monotonic() < ends, "the cluster did not come together"
            time.sleep(0.05)
        yield f"redis+cluster://127.0.0.1:{ports[0]}"
