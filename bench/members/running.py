"""One step of the bench as a process: how long it took, its processor time, its largest memory."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from bench.processes import ROOT

_SAMPLE_SECONDS = 0.2
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Step:
    """What a process and the database beside it used; memory in MB."""

    seconds: float
    cpu: float
    database_cpu: float
    memory: float
    told: str

    @property
    def cost(self) -> float:
        """Processor seconds of both."""
        return self.cpu + self.database_cpu


def measured(words: list[str], environment: Mapping[str, str], line: bytes, postgres: int) -> Step:
    """Run `python -m …` to its good end; `postgres` is the database's process."""
    began, before = time.perf_counter(), _cpu_of_all(postgres)
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    into, out = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    into.write(line)
    into.close()
    most = [0.0]
    sampling = threading.Thread(target=_sample, args=(process, most))
    sampling.start()
    told = out.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    sampling.join()
    if process.returncode:
        raise RuntimeError(f"{words}: exit code {process.returncode}")
    return Step(
        seconds=time.perf_counter() - began,
        cpu=used.ru_utime + used.ru_stime,
        database_cpu=_cpu_of_all(postgres) - before,
        memory=most[0],
        told=told.strip(),
    )


def _sample(process: "subprocess.Popen[bytes]", most: list[float]) -> None:
    while process.returncode is None:
        try:
            for row in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                if row.startswith("VmRSS"):
                    most[0] = max(most[0], int(row.split()[1]) / 1024)
        except (OSError, ValueError):
            return
        time.sleep(_SAMPLE_SECONDS)


def _cpu_of_all(parent: int) -> float:
    """Processor seconds of a process, its children, and those it has waited for."""
    total = 0
    for place in Path("/proc").iterdir():
        if not place.name.isdigit():
            continue
        try:
            fields = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if place.name == str(parent):
            total += sum(map(int, fields[11:15]))
        elif fields[1] == str(parent):
            total += sum(map(int, fields[11:13]))
    return total / _TICKS
