"""Whether times tell a caller without the right what there is: known and unknown keys, in turn.

Every question is asked over HTTP on one connection, of keys that exist and of keys that do not, in
blocks of drawn order, all questions block by block in one run. A caller with the right asks as
well: a classifier that does not tell his times apart could tell none.
"""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from bench.goals import Goal, figures
from bench.options import Options
from bench.santong import BRAND, LIMITS, gateway, told_to
from bench.secrets_asked import Kind, questions
from bench.stores import stores
from bench.telling_apart import by_length, by_shape
from bench.timed import Connection
from bench.upstream.running import upstream

CHANCE, POWER = 0.55, 0.75
_CALLS, _QUICK_CALLS = 2_000, 800
_BLOCK = 20
_WARM_BLOCKS = 3
_ESTATE_CHANNEL = "club"
_console = Console(stderr=True, highlight=False)


@dataclass(slots=True)
class Heard:
    """What a question was answered: seconds for keys that exist and that do not, and bodies."""

    kind: Kind
    known: list[float] = field(default_factory=list)
    unknown: list[float] = field(default_factory=list)
    bodies: set[bytes] = field(default_factory=set)


async def run_secrecy(options: Options) -> dict[str, Any]:
    """All questions in interleaved blocks of one run."""
    calls = _QUICK_CALLS if options.quick else _CALLS
    with TemporaryDirectory(prefix="sb-") as place, ExitStack() as running:
        home = Path(place)
        mock = running.enter_context(upstream(home, latency_ms=options.latency_ms))
        own = running.enter_context(stores(home))
        settings = told_to(home, "secrecy", _estate(mock.address), own)
        server = running.enter_context(gateway(home, "secrecy", _estate(mock.address), settings))
        asked = questions(home, settings, server, calls)
        line = running.enter_context(Connection.to(server.address))
        heard = _measured(line, asked, calls)
    return figures("secrecy", [_row(one) for one in heard], goals(heard))


def goals(heard: Sequence[Heard]) -> list[Goal]:
    """Chance for who may not look up, one answer whatever the key; and a classifier that works."""
    without = [one for one in heard if not one.kind.right]
    most = max((_told(one) for one in without), default=None)
    answers = max((len(one.bodies) for one in without), default=None)
    power = max((_told(one) for one in heard if one.kind.right), default=None)
    return [
        Goal("AUC without the right, the most", CHANCE, most, at_least=False),
        Goal("different answers without the right", 1, answers, at_least=False),
        Goal("AUC with the right: what the classifiers can tell", POWER, power),
    ]


def _told(one: Heard) -> float:
    return max(by_length(one.known, one.unknown).auc, by_shape(one.known, one.unknown).auc)


def _measured(line: Connection, asked: Sequence[Kind], calls: int) -> list[Heard]:
    drawn = Random(7)  # noqa: S311 - a draw that can be repeated is wanted
    heard = [Heard(kind) for kind in asked]
    with _console.status("asking"):
        for block in range(-_WARM_BLOCKS, -(-calls // _BLOCK)):
            for one in heard:
                _ask_block(line, one, max(block, 0), drawn, warm=block < 0)
    return heard


def _ask_block(line: Connection, one: Heard, block: int, drawn: Random, *, warm: bool) -> None:
    turns = [known for known in (True, False) for _ in range(_BLOCK)]
    drawn.shuffle(turns)
    places = {True: block * _BLOCK, False: block * _BLOCK}
    for known in turns:
        keys = one.kind.known if known else one.kind.unknown
        seconds, body = line.ask(one.kind.token, one.kind.body(keys[places[known] % len(keys)]))
        places[known] += 1
        if not warm:
            (one.known if known else one.unknown).append(seconds)
            one.bodies.add(_without_id(body))


def _without_id(body: bytes) -> bytes:
    """An answer without what no two have in common."""
    told = json.loads(body)
    for one in (told, *(told.get("errors") or ())):
        one.get("extensions", {}).pop("requestId", None)
    return json.dumps(told, sort_keys=True).encode()


def _row(one: Heard) -> dict[str, Any]:
    length, shape = by_length(one.known, one.unknown), by_shape(one.known, one.unknown)
    return {
        "question": one.kind.name,
        "right": "yes" if one.kind.right else "no",
        "calls": len(one.known) + len(one.unknown),
        "AUC by length": round(length.auc, 3),
        "its 95 %": f"{length.low:.3f}–{length.high:.3f}",
        "AUC by shape": round(shape.auc, 3),
        "p50 ms known": median(one.known) * 1000,
        "p50 ms unknown": median(one.unknown) * 1000,
        "answers": len(one.bodies),
    }


def _estate(address: str) -> dict[str, Any]:
    return {
        "brand": BRAND,
        "channels": [{"code": _ESTATE_CHANNEL, "name": _ESTATE_CHANNEL, "kind": "OTHER"}],
        "connectors": [
            {
                "name": _ESTATE_CHANNEL,
                "system": "club_like",
                "settings": {"base_url": f"{address}/shop"},
                "limits": LIMITS,
                "channels": {"member": _ESTATE_CHANNEL, "order": _ESTATE_CHANNEL},
            }
        ],
    }
