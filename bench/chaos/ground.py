"""What is struck: stores, gateways and the back door, each killed for real and started again."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, cast

import psycopg
import yaml

from bench.chaos.crowd import Crowded, Crowding
from bench.chaos.failing import COUNT, FALLS, STEP
from bench.processes import ROOT, free_port
from bench.santong import BRAND, KEY
from bench.stores import santong
from capabilities.flash.records import FlashSale
from capabilities.working import WorkPlan, encode_plan
from gateway.embedded import EmbeddedPostgres, EmbeddedValkey, OwnedProcess
from store.engine import Store
from store.flash.sales import define
from store.migrate import upgrade

CHANNELS = ("web", "jd", "app", "store")
_READY_SECONDS, _INSTANT = 120.0, 0.002
_PLAN = WorkPlan(brand=BRAND, time_zone="Asia/Shanghai", connectors=())
Armed = tuple[str, int]


class Ground:
    """Everything of one run below a short `home`.

    `variant` names a naive sale to run instead; `light` sells without the graph.
    """

    def __init__(
        self, home: Path, gateways: int, variant: str = "", *, light: bool = False
    ) -> None:
        self.home = home
        self.acks = home / "acks"
        self.falls = home / "falls"
        self.ports = [free_port() for _ in range(gateways)]
        self._variant = variant
        self._gateways: list[OwnedProcess | None] = [None] * gateways
        self._work: subprocess.Popen[bytes] | None = None
        self._log = (home / "work.log").open("wb")
        self.postgres = EmbeddedPostgres.start(home)
        self.valkey = EmbeddedValkey.start(home)
        self.database = self.postgres.create_database("santong")
        self._own = self._settings()
        upgrade(self.database)
        self._words = ("sell", "lapse") if light else ("serve", "work")
        token = "" if light else santong(home, self._own, "token").stdout.strip()
        self.token = token

    def _settings(self) -> dict[str, str]:
        estate = self.home / "estate.yaml"
        channels = [{"code": one, "name": one, "kind": "OTHER"} for one in CHANNELS]
        estate.write_text(yaml.safe_dump({"brand": BRAND, "channels": channels, "connectors": []}))
        return {
            **os.environ,
            "SANTONG_DATABASE_URL": self.database,
            "SANTONG_REDIS_URL": self.valkey.url,
            "SANTONG_HOME": str(self.home),
            "SANTONG_ESTATE": str(estate),
            "SANTONG_SECRET_KEY": KEY,
            "SANTONG_LOG_LEVEL": "WARNING",
            "CHAOS_NAIVE": self._variant,
            FALLS: str(self.falls),
        }

    def point_at(self, database: str) -> None:
        """Let what is started from now on find its store there."""
        self.database = self._own["SANTONG_DATABASE_URL"] = database

    def sell(self, *sales: FlashSale) -> None:
        """Open some sales."""

        async def work() -> None:
            store = Store.open(self.database, deadline_seconds=30)
            for one in sales:
                await store.transaction(lambda run, one=one: define(run, BRAND, one))  # type: ignore[misc]
            await store.aclose()

        asyncio.run(work())

    def _start_gateway(self, place: int, armed: Armed | None = None) -> None:
        own = {**self._own, "SANTONG_PORT": str(self.ports[place]), **_arms(armed)}
        command = [sys.executable, "-m", "bench.chaos.child", self._words[0]]
        log = self.home / "log" / f"gateway{place}.log"
        one = OwnedProcess(f"gateway {place}", command, log=log, directory=ROOT, env=own)
        self._gateways[place] = one

    def _start_work(self, armed: Armed | None = None) -> None:
        # it ends with us, for we hold its input
        self._work = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "bench.chaos.child", self._words[1]],
            cwd=ROOT,
            env={**self._own, **_arms(armed)},
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
        )
        into = cast("IO[bytes]", self._work.stdin)
        into.write(encode_plan(_PLAN))
        into.flush()

    def wait_ready(self) -> None:
        """Every gateway listens."""
        for place, port in enumerate(self.ports):
            one = self._gateways[place]
            if one is not None:
                one.wait_ready(lambda port=port: _listens(port), within=_READY_SECONDS)  # type: ignore[misc]

    def fallen(self) -> list[int]:
        """Places of gateways that have ended; -1 is the back door."""
        found = [n for n, one in enumerate(self._gateways) if one and one.exit_code is not None]
        return found + ([-1] if self._work is not None and self._work.poll() is not None else [])

    def raise_again(self, place: int, armed: Armed | None) -> None:
        """Start what has ended, to die by itself where it is armed; nobody waits for it."""
        if place < 0:
            _reaped(self._work)
            self._start_work(armed)
            return
        ended = self._gateways[place]
        if ended is not None:
            ended.stop()
        self._start_gateway(place, armed)

    def retire_work(self) -> None:
        """End the back door for good."""
        _reaped(self._work)
        self._work = None

    def kill(self, place: int) -> None:
        """kill −9 of a gateway, or of the back door (-1)."""
        if place < 0:
            if self._work is not None:
                self._work.kill()
                self._work.wait()
            return
        one = self._gateways[place]
        if one is not None:
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)
            while one.exit_code is None:
                time.sleep(_INSTANT)

    def stop_postgres_at_once(self) -> None:
        """An immediate stop, as when the power goes, and a start that recovers."""
        os.kill(self.postgres.process.pid, signal.SIGQUIT)
        self.postgres.stop()
        self.postgres = EmbeddedPostgres.start(self.home)

    def kill_backend(self) -> None:
        """kill −9 of one session: PostgreSQL ends all others, and recovers."""
        with psycopg.connect(self.database, autocommit=True) as one:
            row = one.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'santong' LIMIT 1"
            ).fetchone()
        if row is not None:
            os.kill(row[0], signal.SIGKILL)

    def kill_valkey(self, *, rewind: bool = False) -> None:
        """kill −9 of Redis; it comes back empty, or as the last snapshot left it."""
        os.kill(self.valkey.process.pid, signal.SIGKILL)
        self.valkey.stop()
        if not rewind:
            (self.home / "valkey" / "dump.rdb").unlink(missing_ok=True)
        self.valkey = EmbeddedValkey.start(self.home)

    def valkey_says(self, word: bytes) -> None:
        """One command to Redis: FLUSHALL, SAVE."""
        with suppress(OSError), socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5.0)
            line.connect(str(self.valkey.socket_path))
            line.sendall(word + b"\r\n")
            line.recv(64)

    def close(self) -> None:
        """End everything."""
        with ExitStack() as closing:
            closing.callback(self._log.close)
            closing.callback(self.postgres.stop)
            closing.callback(self.valkey.stop)
            closing.callback(_reaped, self._work)
            for one in self._gateways:
                if one is not None:
                    closing.callback(one.stop)


class Buyers:
    """The crowd's process."""

    def __init__(self, crowding: Crowding) -> None:
        self._acks = Path(crowding.acks)
        command = [sys.executable, "-m", "bench.chaos.crowd"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)  # noqa: S603
        self._into = cast("IO[bytes]", self._process.stdin)
        self._into.write(json.dumps(asdict(crowding)).encode() + b"\n")
        self._into.flush()

    @property
    def over(self) -> bool:
        """Whether all of them have come to their end."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Let nobody begin anything new."""
        with suppress(OSError):
            self._into.close()

    def kill(self) -> None:
        """End them in the middle."""
        self._process.kill()
        self._process.wait()

    def told(self) -> Crowded:
        """What they heard, when they are over."""
        self.stop()
        if self._process.returncode:
            raise RuntimeError("the buyers failed")
        return Crowded(**json.loads(self._acks.with_suffix(".told").read_text("utf-8")))


def acknowledged(acks: Path) -> Sequence[Mapping[str, str]]:
    """What buyers were told and wrote down; a torn last line was never acted upon."""
    lines = acks.read_bytes().splitlines() if acks.exists() else []
    return [json.loads(one) for one in lines if one.endswith(b"}")]


def _arms(armed: Armed | None) -> dict[str, str]:
    return {} if armed is None else {STEP: armed[0], COUNT: str(armed[1])}


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
        return True
    return False


def _reaped(process: "subprocess.Popen[bytes] | None") -> None:
    if process is not None:
        with suppress(OSError):
            cast("IO[bytes]", process.stdin).close()
        process.kill()
        process.wait()
