"""Santong as shipped, over the systems of the bench: `santong serve` with an estate of its own."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from bench.processes import ROOT, Server, child, free_port
from bench.stores import santong

KEY = "a key of the benches, longer than thirty-two characters"
BRAND = "bench"
SYSTEMS = ROOT / "bench" / "systems"
_CHANNELS = {"sap_like": "erp", "shop_like": "web", "pos_like": "pos"}
# A mock upstream has no owner to protect: what is measured is the gateway, not its manners.
LIMITS = {"deadline_ms": 4000, "max_concurrent": 64, "max_batch": 50}


def member_estate(upstream: str, *, share_batches: bool) -> dict[str, Any]:
    """Three systems, a channel each; every question of the bench is answered by all of them."""
    return {
        "brand": BRAND,
        "channels": [{"code": c, "name": c, "kind": "OTHER"} for c in _CHANNELS.values()],
        "connectors": [
            {
                "name": channel,
                "system": system,
                "settings": {"base_url": f"{upstream}/{system.removesuffix('_like')}"},
                "limits": {**LIMITS, "share_batches": share_batches},
                "channels": {"member": channel, "order": channel},
            }
            for system, channel in _CHANNELS.items()
        ],
    }


@contextmanager
def gateway(
    home: Path,
    name: str,
    estate: Mapping[str, Any],
    settings: Mapping[str, str],
    *,
    processes: int = 1,
    module: str = "gateway.cli",
) -> Iterator[Server]:
    """A gateway on a free port, and a token of an operator for it."""
    own = told_to(home, name, estate, settings, processes=processes)
    token, port = printed(home, own, "token").strip(), int(own["SANTONG_PORT"])
    command = [sys.executable, "-m", module, "serve"]
    with child(home, name, command, own, port) as process:
        yield Server(name, f"http://127.0.0.1:{port}", (process.pid,), token)


def told_to(
    home: Path,
    name: str,
    estate: Mapping[str, Any],
    settings: Mapping[str, str],
    *,
    processes: int = 1,
) -> dict[str, str]:
    """The settings of a gateway of this name, and of the commands beside it."""
    file = home / f"{name.replace(' ', '-')}.yaml"
    file.write_text(yaml.safe_dump(dict(estate)), "utf-8")
    return {
        "SANTONG_PORT": str(free_port()),
        "SANTONG_SYSTEMS": str(SYSTEMS),
        **settings,
        "SANTONG_HOME": str(home),
        "SANTONG_ESTATE": str(file),
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_CONNECTOR_HOSTS": '["127.0.0.0/8:*"]',
        "SANTONG_LOG_LEVEL": "INFO",
        "SANTONG_PROCESSES": str(processes),
        # A process adds up to 13 for inbox, sales, payments and probes: 16 take 272 of 300.
        "SANTONG_DATABASE_CONNECTIONS": str(max(2, min(10, 64 // processes))),
        # One token stands for everybody who asks here.
        "SANTONG_LOOKUPS_PER_10_MINUTES": "1000000000",
        "SANTONG_LOOKUPS_PER_DAY": "1000000000",
    }


def printed(home: Path, settings: dict[str, str], *words: str) -> str:
    """What a command of `santong` printed; RuntimeError where it failed."""
    told = santong(home, settings, *words)
    if told.returncode:
        raise RuntimeError(told.stderr)
    return told.stdout
