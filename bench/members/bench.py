"""Memberships of three systems taken in, end to end, and taken in again with one in a hundred new.

The processes are those of an operator: `santong sync` for each connector, the back door's intake
for files. Cost is processor time of the run and of PostgreSQL together: on a shared machine the
time of a clock says more of the neighbours.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from bench.goals import Goal, figures
from bench.members.crowd import SYSTEMS, Crowd
from bench.members.running import Step, measured
from bench.members.sources import SYSTEMS as MANIFESTS
from bench.members.sources import connectors, drop_files, fill_till, partners
from bench.options import Options
from bench.stores import santong
from capabilities.estate import ConnectorSpec
from capabilities.working import WorkPlan, encode_plan
from gateway.embedded import EmbeddedPostgres, EmbeddedValkey

_BRAND = "baiwei"
_MEMORY_MB = 512
_MB = 1024


async def run_members(options: Options) -> dict[str, Any]:
    """First run, second run, and what both cost."""
    with tempfile.TemporaryDirectory(prefix="santong-members-") as folder:
        home = Path(folder)
        with EmbeddedPostgres.start(home) as postgres, EmbeddedValkey.start(home) as valkey:
            own = {
                "SANTONG_DATABASE_URL": postgres.create_database("santong"),
                "SANTONG_REDIS_URL": valkey.url,
                "SANTONG_SECRET_KEY": "bench " * 8,
                "SANTONG_CONNECTOR_HOSTS": '["127.0.0.0/8:*", "unix:/"]',
                "SANTONG_SYSTEMS": str(MANIFESTS),
            }
            if santong(home, own, "migrate").returncode:
                raise RuntimeError("the store could not be migrated")
            till = postgres.create_database("till")
            runs = _Runs(own, till, home / "drop", postgres.process.pid)
            first = runs.take(Crowd(options.members))
            facts = _facts(own["SANTONG_DATABASE_URL"])
            second = runs.take(Crowd(options.members, again=True))
    return _told(options.members, first, second, facts)


class _Runs:
    def __init__(self, own: dict[str, str], till: str, folder: Path, postgres: int) -> None:
        self._own = own
        self._till = till
        self._folder = folder
        self._postgres = postgres

    def take(self, crowd: Crowd) -> dict[str, Step]:
        """One run over all three; their own preparations are not measured."""
        fill_till(self._till, crowd)
        drop_files(self._folder, crowd)
        found: dict[str, Step] = {}
        with partners(crowd) as address:
            specs = connectors(address, self._till, self._folder)
            found["files"] = self._step(specs["drop"], "bench.members.intake")
            for name in SYSTEMS:
                found[name] = self._step(specs[name], "work", "sync", "members", name)
                print(f"{name}: {found[name].told}", flush=True)
        return found

    def _step(self, spec: ConnectorSpec, *words: str) -> Step:
        plan = WorkPlan(brand=_BRAND, time_zone="Asia/Shanghai", connectors=(spec,))
        return measured(list(words), self._own, encode_plan(plan), self._postgres)


def _facts(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        statement = """
          SELECT count(*), count(DISTINCT one_id),
                 (SELECT max(n) FROM (SELECT count(*) AS n FROM membership_links GROUP BY one_id) a)
          FROM membership_links
        """
        (row,) = connection.execute(statement).fetchall()
    return {"memberships": row[0], "people": row[1], "most of one": row[2]}


def _told(
    size: int, first: dict[str, Step], second: dict[str, Step], facts: dict[str, int]
) -> dict[str, Any]:
    crowd = Crowd(size)
    rows = []
    for name, words in (
        ("crm", "OData, tells changes"),
        ("till", "SQL, read whole"),
        ("drop", "files, read whole from the copy"),
        ("files", "of that: files into the copy"),
    ):
        count, one, other = (
            crowd.count(name if name != "files" else "drop"),
            first[name],
            second[name],
        )
        rows.append(
            {
                "source": words,
                "memberships": count,
                "a second": count / one.seconds,
                "CPU µs each": one.cost / count * 1e6,
                "of that PostgreSQL": one.database_cpu / count * 1e6,
                "most MB": one.memory,
                "second run, CPU": f"{other.cost / one.cost:.1%}",
                "second run, time": f"{other.seconds / one.seconds:.1%}",
            }
        )
    seconds = sum(one.seconds for one in first.values())
    told = figures("members", rows, _goals(size / seconds, first, second, facts))
    return {**told, "people": facts, "load_after": os.getloadavg()[0]}


def _goals(
    rate: float, first: dict[str, Step], second: dict[str, Step], facts: dict[str, int]
) -> list[Goal]:
    def again(*names: str) -> float:
        whole = sum(first[name].cost for name in names)
        return sum(second[name].cost for name in names) / whole

    memory = max(one.memory for one in (*first.values(), *second.values()))
    wanted = sum(Crowd(facts["memberships"]).count(name) for name in SYSTEMS) * 0.6
    return [
        Goal("memberships a second, end to end", 5_000, rate),
        Goal("most memory of a run, MB", _MEMORY_MB, memory, at_least=False),
        Goal("second run where changes are told", 0.03, again("crm"), at_least=False),
        Goal("second run where everything is read", 0.35, again("till"), at_least=False),
        Goal("people", wanted, facts["people"]),
        Goal("memberships of one person at most", 3, facts["most of one"], at_least=False),
    ]
