"""`make demo-flash`: a sale over ten channels on the embedded stores, in about a minute.

Everything goes through what everybody may use: the command line for operations, the fast path and
the graph for buyers, the back door for what comes by itself.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from rich.console import Console
from rich.table import Table

from bench.demo_flash.buyers import Buyers
from bench.processes import ROOT, Server
from bench.santong import BRAND, KEY, gateway
from bench.stores import santong, stores
from gateway.embedded import OwnedProcess

_SALE = "eleven-eleven"
_CHANNELS = {
    "jd": "京东旗舰店",
    "tmall": "天猫旗舰店",
    "waimai": "外卖",
    "shop": "官网商城",
    "app": "会员App",
    "mini": "微信小程序",
    "live": "直播间",
    "store": "门店",
    "terminal": "办公室智能终端",
    "popup": "快闪店",
}
_STOCK = {"": 240, "jd": 90, "tmall": 80, "live": 60}
_PEOPLE, _EARLY_SECONDS, _LATE_SECONDS = 1_200, 5.0, 10.0
_BEFORE_SECONDS, _OPEN_SECONDS, _PAY_SECONDS = 8, 60, 8
# Commands run before the opening: on a slow machine it comes later.
_COMMANDS = 6
_SAY = Console(highlight=False, width=110)


def main() -> int:
    """Hold the sale; 1 where the auditor finds anything."""
    with tempfile.TemporaryDirectory(prefix="santong-") as folder:
        home = Path(folder)
        _SAY.print("starting PostgreSQL, Valkey, a gateway of two processes and the back door")
        with stores(home) as own, _served(home, own) as server, _working(home):
            return _held(home, server)


def _held(home: Path, server: Server) -> int:
    began = time.monotonic()
    _run(home, "wang", "list")
    commands = _COMMANDS * (time.monotonic() - began)
    opens = datetime.now(UTC) + timedelta(seconds=commands + _BEFORE_SECONDS)
    _defined(home, opens)
    buyers = asyncio.run(_sold(home, server, opens))
    _run(home, "li", "close", _SALE)
    while (told := santong(home, {}, "flash", "reconcile", _SALE)).returncode:
        _SAY.print(f"  {told.stderr.strip()}")
        time.sleep(2.0)
    _SAY.print(f"  {told.stdout.strip()}")
    _show(buyers)
    audited = santong(home, {}, "flash", "audit", _SALE)
    _SAY.print(audited.stdout)
    return audited.returncode


def _defined(home: Path, opens: datetime) -> None:
    """Written down by one, opened by two."""
    sale = {
        "id": _SALE,
        "sku": "SN-1111",
        "price": 990,
        "opens_at": opens.isoformat(),
        "closes_at": (opens + timedelta(seconds=_OPEN_SECONDS)).isoformat(),
        "pools": _STOCK,
        "payment_seconds": _PAY_SECONDS,
        "fairness": "LOT",
        "admission_rate": 80,
    }
    file = home / "eleven-eleven.yaml"
    file.write_text(yaml.safe_dump(sale, sort_keys=False), "utf-8")
    _run(home, "wang", "define", str(file))
    _run(home, "wang", "preload", _SALE)
    proposal = _run(home, "wang", "open", _SALE).split()[-1]
    _run(home, "wang", "confirm", proposal)
    _run(home, "li", "confirm", proposal)


def _run(home: Path, who: str, *words: str) -> str:
    told = santong(home, {"LOGNAME": who}, "flash", *words)
    _SAY.print(f"{who}$ santong flash {' '.join(words)}")
    _SAY.print(f"  {(told.stdout or told.stderr).strip()}")
    return told.stdout


async def _sold(home: Path, server: Server, opens: datetime) -> Buyers:
    """Everybody buys, while one looks on, lets more in, and Redis loses all."""
    port = int(server.address.rsplit(":", 1)[1])
    buyers = Buyers(port, server.token, BRAND, _SALE)
    names = list(_CHANNELS)
    people = [
        asyncio.create_task(buyers.buy(number, names[number % len(names)], _arrival(number)))
        for number in range(_PEOPLE)
    ]
    everybody = asyncio.gather(*people)
    looking = asyncio.create_task(_look(buyers, opens))
    await asyncio.sleep(max(0.0, (opens - datetime.now(UTC)).total_seconds()) + 4.0)
    await asyncio.to_thread(_run, home, "wang", "rate", _SALE, "200")
    await asyncio.to_thread(_emptied, os.environ["SANTONG_REDIS_URL"])
    _SAY.print("Redis was emptied in the middle of the sale: it goes on")
    await everybody
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)
    await buyers.aclose()
    return buyers


def _arrival(number: int) -> float:
    """Half of them come early, before the draw."""
    early = number % 2 == 0
    return number / _PEOPLE * (_EARLY_SECONDS if early else _EARLY_SECONDS + _LATE_SECONDS)


async def _look(buyers: Buyers, opens: datetime) -> None:
    while True:
        await asyncio.sleep(2.0)
        since = (datetime.now(UTC) - opens).total_seconds()
        heard = buyers.heard
        _SAY.print(
            f"{since:+6.1f} s  waiting {heard.waiting:5,}, let in {heard.admitted:5,}; reserved"
            f" {heard.outcomes['Reserved']:4,}, paid {heard.settled['PAID']:4,} of the stock of"
            f" {sum(_STOCK.values()):,}; told sold out {heard.outcomes['SoldOut']:5,} times"
        )


def _emptied(url: str) -> None:
    from redis import Redis  # noqa: PLC0415 - the demo's one look behind the counter

    with Redis.from_url(url) as redis:
        redis.flushall()


def _show(buyers: Buyers) -> None:
    heard = buyers.heard
    table = Table("channel", "reserved", title="who bought where")
    for code, name in _CHANNELS.items():
        table.add_row(name, f"{heard.by_channel[code]:,}")
    _SAY.print(table)
    table = Table("answer", "times", title="what buyers heard")
    for name, many in (*heard.outcomes.most_common(), *heard.settled.most_common()):
        table.add_row(name, f"{many:,}")
    _SAY.print(table)


@contextmanager
def _served(home: Path, own: dict[str, str]) -> Iterator[Server]:
    channels = [{"code": c, "name": name, "kind": "OTHER"} for c, name in _CHANNELS.items()]
    estate = {"brand": BRAND, "channels": channels, "connectors": []}
    with gateway(home, "sale", estate, own, processes=2) as server:
        named = {"SANTONG_ESTATE": str(home / "sale.yaml"), "SANTONG_SECRET_KEY": KEY}
        os.environ.update({**own, **named, "SANTONG_HOME": str(home)})
        yield server


@contextmanager
def _working(home: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "gateway.cli", "work"]
    log = home / "log" / "work.log"
    with OwnedProcess("the back door", command, log=log, directory=ROOT, env=dict(os.environ)):
        yield


if __name__ == "__main__":
    sys.exit(main())
