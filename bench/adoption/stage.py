"""Two gateways over the same systems: one where nothing is compared, and one that compares."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import yaml

from bench.processes import Server
from bench.santong import BRAND, SYSTEMS, gateway, member_estate, printed, told_to
from bench.stores import stores

CAPABILITIES = ("member", "order")
_ADDED: dict[str, dict[str, Any]] = {
    "memberships": {
        "order": {"ties": "complete", "by": "joined"},
        "by_key": {"param": "number", "keys": "[0-9]{7,10}"},
        "search": {},
    },
}
_STAND = """
  INSERT INTO adoption_standings (brand, channel, capability, state, from_state, frozen,
    read_points, write_points, cohorts, fields, version, entered_at, routed_at, changed_at,
    author, reason)
  VALUES (%s, %s, %s, 'SHADOW_READ', 'FEDERATED_READ', false, 0, 0, '{}', '{}', 1, now(), now(),
    now(), 'bench', 'to see what comparing costs')
"""
_TELL = """
  INSERT INTO state_versions (brand, part, version, changed_at) VALUES (%s, 'adoption', 1, now())
  ON CONFLICT (brand, part) DO UPDATE SET version = state_versions.version + 1
"""
_COUNTED = "SELECT coalesce(sum(count), 0) FROM adoption_comparisons WHERE brand = %s"


@contextmanager
def stage(home: Path, upstream: str, name: str, *, compares: bool) -> Iterator[tuple[Server, str]]:
    """A gateway whose store has a copy of what its systems list, and that store's address."""
    place = home / name
    place.mkdir()
    with ExitStack() as running:
        own = running.enter_context(stores(place))
        estate = member_estate(upstream, share_batches=True)
        settings = {**own, "SANTONG_SYSTEMS": str(_systems(place))}
        if compares:  # a channel is compared once its copy is filled, by a sync behind this step
            _compare(own["SANTONG_DATABASE_URL"], estate)
        _copied(place, estate, settings)
        server = running.enter_context(gateway(place, name, estate, settings))
        yield server, own["SANTONG_DATABASE_URL"]


def compared(url: str) -> int:
    """How many pairs were compared so far."""
    with psycopg.connect(url) as connection:
        row = connection.execute(_COUNTED, (BRAND,)).fetchone()
    return int(row[0]) if row else 0


def _systems(place: Path) -> Path:
    """The systems of the benches, which also list what they have."""
    folder = place / "systems"
    for file in SYSTEMS.glob("*/manifest.yaml"):
        manifest = yaml.safe_load(file.read_text("utf-8"))
        for section, more in _ADDED.items():
            if section in manifest:
                manifest[section] |= more
        own = folder / file.parent.name / file.name
        own.parent.mkdir(parents=True)
        own.write_text(yaml.safe_dump(manifest, allow_unicode=True), "utf-8")
    return folder


def _copied(place: Path, estate: dict[str, Any], settings: dict[str, str]) -> None:
    """The copy of every connector, taken in as an operator would."""
    own = told_to(place, "sync", estate, settings)
    for name in _names(estate):
        for kind in ("members", "orders"):
            printed(place, own, "sync", kind, "--connector", name)


def _compare(url: str, estate: dict[str, Any]) -> None:
    with psycopg.connect(url) as connection:
        for channel in estate["channels"]:
            for capability in CAPABILITIES:
                connection.execute(_STAND, (BRAND, channel["code"], capability))
        connection.execute(_TELL, (BRAND,))


def _names(estate: dict[str, Any]) -> Sequence[str]:
    return [one["name"] for one in estate["connectors"]]
