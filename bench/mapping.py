"""From SAP's bytes to records: pages of orders of 8 lines, decoded strictly and mapped, one core.

Nothing is asked of any system. The rows are of the shipped manifest `sap_s4hana`, once as its own
`$select` gets them and once whole, as a system that ignores `$select` would send them. No two
orders have the same number, customer and instant, so no cast finds an earlier answer.
"""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from bench.expected import Differs
from bench.goals import Goal, figures
from bench.options import Options
from bench.rounds import Case, Figures, interleaved
from bench.sap_rows import LINES, page_of
from connectors._kit import Decoder
from connectors._kit.strict_json import checked
from connectors.manifest import At, CompiledSection, load_system
from connectors.protocols.odata import V2

ASKED, WHOLE = "as asked ($select)", "whole entities"
_PAGES, _ROWS = 50, 100
_ORDERS = _PAGES * _ROWS
_GOAL = 300_000
_AT = At(
    connector="sap",
    system="sap_s4hana",
    version="sap_s4hana/1",
    channels={"20": "jd", "30": "tmall", "40": "waimai"},
    zone=ZoneInfo("Asia/Shanghai"),
    settings={},
    unknown=lambda _field, _raw: None,
)


class Way(NamedTuple):
    """The steps of one shape of rows."""

    bodies: Sequence[bytes]
    decode: Callable[[bytes], Sequence[Any]]
    records: Callable[[Sequence[Any]], Sequence[Any]]


async def run_mapping(options: Options) -> dict[str, Any]:
    """Both shapes in interleaved rounds; each round takes the steps apart on the same bytes."""
    section = load_system("sap_s4hana").sections["orders"]
    ways = {name: _way(section, whole=name == WHOLE) for name in (ASKED, WHOLE)}
    for name, way in ways.items():
        _check(name, way)
    cases = [Case(name, _measured(way)) for name, way in ways.items()]
    found = await interleaved(cases, options.seconds, options.rounds, options.warm)
    rows = [_row(name, found[name], ways[name]) for name in ways]
    return figures("mapping", rows, goals(found))


def goals(found: dict[str, Figures]) -> list[Goal]:
    """The goal: orders of 8 lines, a minute and core."""
    return [
        Goal(f"orders a minute and core, {name}", _GOAL, 60e6 / found[name]["all_us"])
        for name in (ASKED, WHOLE)
    ]


def _way(section: CompiledSection, *, whole: bool) -> Way:
    dialect = V2()
    decoder: Decoder[Any] = Decoder(dialect.page_type(section.row_type))
    return Way(
        [page_of(page * _ROWS, _ROWS, whole=whole) for page in range(_PAGES)],
        lambda body: dialect.page(decoder.decode(body, "sap"), "sap").rows,
        lambda rows: section.records(rows, _AT),
    )


def _check(name: str, way: Way) -> None:
    """Every order is there, typed, with its lines and sums, before anything is timed."""
    for body in way.bodies:
        sent = orjson.loads(body)["d"]["results"]
        for row, order in zip(sent, way.records(way.decode(body)), strict=True):
            tax = Decimal(row["to_PricingElement"]["results"][0]["ConditionAmount"])
            wanted = Decimal(row["TotalNetAmount"]) + tax
            if order.number != row["SalesOrder"] or order.total.amount != wanted:
                raise Differs(f"{name}: order {row['SalesOrder']} is another one")
            if len(order.lines) != LINES or order.integrity_warnings:
                raise Differs(f"{name}: order {row['SalesOrder']} does not add up")


def _measured(way: Way) -> Callable[[float, int], Any]:
    async def measure(seconds: float, seed: int) -> Figures:
        del seed
        spent = dict.fromkeys(("all_us", "checked_us", "decoded_us", "mapped_us"), 0.0)
        passes, ends = 0, time.perf_counter() + seconds
        while passes == 0 or time.perf_counter() < ends:
            passes += 1
            for body in way.bodies:
                _pass(way, body, spent)
        return {key: value * 1e6 / (passes * _ORDERS) for key, value in spent.items()}

    return measure


def _pass(way: Way, body: bytes, spent: dict[str, float]) -> None:
    """One page: bytes to records in one go, then the same steps one by one."""
    moments = [time.process_time()]
    way.records(way.decode(body))
    moments.append(time.process_time())
    checked(body, "sap")
    moments.append(time.process_time())
    rows = way.decode(body)
    moments.append(time.process_time())
    way.records(rows)
    moments.append(time.process_time())
    for key, start, end in zip(spent, moments, moments[1:], strict=False):
        spent[key] += end - start


def _row(name: str, found: Figures, way: Way) -> dict[str, Any]:
    steps = found["decoded_us"] + found["mapped_us"]
    return {
        "rows": name,
        "bytes an order": round(sum(map(len, way.bodies)) / _ORDERS),
        "µs an order": round(found["all_us"], 1),
        "orders a minute": round(60e6 / found["all_us"]),
        "JSON, % of it": round(100 * found["decoded_us"] / steps),
        "search for keys that stand twice, %": round(100 * found["checked_us"] / steps),
        "mapping, %": round(100 * found["mapped_us"] / steps),
        "MB/s": round(sum(map(len, way.bodies)) / _ORDERS / found["all_us"], 1),
    }
