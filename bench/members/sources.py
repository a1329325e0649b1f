"""The three systems as they stand before a run: started, filled, and changed for the second one."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

import psycopg

from bench.members.crowd import Crowd
from bench.processes import ROOT
from capabilities.estate import Capability, ConnectorSpec, Limits

SYSTEMS = Path(__file__).parent / "systems"
_PER_FILE = 10_000
_TABLE = """
  CREATE TABLE IF NOT EXISTS members (
    id integer PRIMARY KEY, name text, phone text, joined timestamp, store text, points integer
  )
"""
_LIMITS = Limits(deadline_ms=60_000, max_body_bytes=64 * 2**20)


@contextmanager
def partners(crowd: Crowd) -> Iterator[str]:
    """The address of the CRM, as a process of its own."""
    words = [str(crowd.size), *(["again"] if crowd.again else [])]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "bench.members.partners", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield cast("IO[str]", process.stdout).readline().rpartition(" ")[2].strip()
    finally:
        process.terminate()
        process.wait()


def fill_till(url: str, crowd: Crowd) -> None:
    """The till's table; of a crowd that changed only what did."""
    with psycopg.connect(url) as connection:
        connection.execute(_TABLE)
        if crowd.again:
            changed = [(r.points, r.number) for r in crowd.rows("till") if r.changed is not None]
            with connection.cursor() as cursor:
                cursor.executemany("UPDATE members SET points = %s WHERE id = %s", changed)
            return
        with connection.cursor().copy("COPY members FROM STDIN") as copy:
            for row in crowd.rows("till"):
                copy.write_row((row.number, row.name, row.phone, row.joined, row.store, row.points))
        connection.execute("CREATE INDEX ON members (joined)")


def drop_files(folder: Path, crowd: Crowd) -> None:
    """The mall's files, whole lists of ten thousand each; the second time whole again."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = list(crowd.rows("drop"))
    first = 1_000 if crowd.again else 1
    for number, start in enumerate(range(0, len(rows), _PER_FILE), first):
        file = folder / f"members_{number}.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            lines = csv.writer(opened)
            lines.writerow(["number", "name", "phone", "joined", "store", "points"])
            for row in rows[start : start + _PER_FILE]:
                joined = f"{row.joined:%Y-%m-%d %H:%M:%S}"
                lines.writerow([row.number, row.name, row.phone, joined, row.store, row.points])
        file.with_name(f"{file.name}.done").touch()


def connectors(address: str, till: str, folder: Path) -> dict[str, ConnectorSpec]:
    """The three connectors, each of a channel of its own."""
    settings = {
        "crm": ("crm_like", {"base_url": address}),
        "till": ("till_like", {"url": till}),
        "drop": ("drop_like", {"folder": str(folder)}),
    }
    return {
        name: ConnectorSpec(
            name=name,
            system=system,
            settings=own,
            limits=_LIMITS,
            channels={Capability.MEMBER: {"*": name}},
        )
        for name, (system, own) in settings.items()
    }
