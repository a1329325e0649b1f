"""The stores that Santong runs with: a real PostgreSQL and a real Valkey, migrated."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import ROOT
from gateway.embedded import EmbeddedPostgres, EmbeddedValkey


@contextmanager
def stores(home: Path) -> Iterator[dict[str, str]]:
    """The settings that name them."""
    with EmbeddedPostgres.start(home) as postgres, EmbeddedValkey.start(home) as valkey:
        own = {
            "SANTONG_DATABASE_URL": postgres.create_database("santong"),
            "SANTONG_REDIS_URL": valkey.url,
        }
        told = santong(home, own, "migrate")
        if told.returncode:
            raise RuntimeError(told.stderr)
        yield own


def santong(
    home: Path, environment: dict[str, str], *words: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command of `santong` to its end."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "gateway.cli", *words],
        cwd=ROOT,
        env={**os.environ, "SANTONG_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
