"""Connectors of the operator's folder: put in force, refused and replaced one by one."""

import asyncio

import pytest

from capabilities.errors import BadInput, StoreUnavailable
from capabilities.estate import Capability, ConnectorHealth, ConnectorOrigin, ConnectorStanding
from connectors.connector import Connector
from gateway.federation import live_estate
from gateway.federation.definition import Entry
from gateway.federation.estate import broken
from gateway.federation.folder import Folder
from gateway.federation.live_estate import LiveEstate

ESTATE = """\
brand: baiwei
channels:
  - { code: shop, name: 官网, kind: OTHER }
  - { code: store, name: 门店, kind: STORE }
connectors:
  - { name: pos, system: ospos, channels: { order: store } }
"""
WOO = "{ name: woo, system: woocommerce, channels: { order: shop } }"
EAST = (
    "{ name: east, system: ospos, channels: { order: east }, "
    "new_channels: [{ code: east, name: 东区, kind: STORE }] }"
)


class _Connector(Connector):
    def __init__(self, spec):
        self.spec = spec
        self.closed = False

    async def aclose(self):
        self.closed = True


async def _opened(spec, zone):
    if spec.settings.get("bad"):
        raise BadInput("it does not open")
    return _Connector(spec)


class Place:
    """A folder, and the estate that follows it."""

    def __init__(self, folder):
        self.folder = folder
        self.live = LiveEstate(folder.parent / "estate.yaml", _opened, [Folder(folder)])

    async def write(self, **files):
        for name, text in files.items():
            path = self.folder / f"{name}.yaml"
            path.unlink() if text is None else path.write_text(text, "utf-8")
        await self.live.reload()

    def connector(self, name):
        connection = self.live.current.connection(name)
        return connection and connection.connector

    def state(self, name):
        return next(one for one in self.live.current.states() if one.name == name)


@pytest.fixture
async def place(tmp_path, monkeypatch):
    monkeypatch.setattr(live_estate, "_DRAIN_SECONDS", 0)
    (tmp_path / "estate.yaml").write_text(ESTATE, "utf-8")
    folder = tmp_path / "connectors"
    folder.mkdir()
    (folder / "woo.yaml").write_text(WOO, "utf-8")
    place = Place(folder)
    await place.live.open()
    yield place
    await place.live.aclose()


async def test_a_file_of_the_folder_is_a_connector_like_others(place):
    assert place.live.current.route(Capability.ORDER, "shop").name == "woo"
    state = place.state("woo")
    assert (state.origin, state.state) == (ConnectorOrigin.FOLDER, ConnectorStanding.IN_FORCE)
    assert place.state("pos").origin is ConnectorOrigin.ESTATE_FILE


async def test_a_channel_comes_and_goes_with_the_connector_that_brings_it(place):
    await place.write(east=EAST)
    assert place.live.current.channel("east").name == "东区"
    await place.write(east=None)
    assert place.live.current.channel("east") is None
    assert place.live.current.route(Capability.ORDER, "east") is None


async def test_a_broken_version_is_refused_and_the_last_one_serves(place):
    before = place.connector("woo")
    await place.write(woo="{ name: woo, system: [")
    assert place.connector("woo") is before
    state = place.state("woo")
    assert state.state is ConnectorStanding.IN_FORCE
    assert "no YAML" in state.refused
    await place.write(woo=WOO)
    assert place.state("woo").refused is None
    assert place.connector("woo") is before


async def test_a_version_that_does_not_open_is_refused_and_the_last_one_serves(place):
    before = place.connector("woo")
    await place.write(
        woo=WOO.replace("channels:", "settings: { bad: 'yes' }, channels:"), east=EAST
    )
    assert place.connector("woo") is before
    assert "it does not open" in place.state("woo").refused
    assert place.connector("east") is not None  # the others' changes are in force


async def test_a_new_file_that_says_nothing_is_told_of(place):
    await place.write(north="{ name: north }")
    state = place.state("north")
    assert (state.state, state.health) == (ConnectorStanding.REFUSED, ConnectorHealth.BROKEN)
    assert "name a `system`" in state.refused
    assert place.live.current.connection("north") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{ name: pos, system: ospos }", "'pos' stands in the estate file already"),
        ("{ name: woo, system: ospos }", "already; names are unique"),
        ("{ name: x, system: ospos, channels: { order: store } }", "'pos' already answers order"),
        ("{ name: x, system: ospos, channels: { order: shop } }", "'woo' already answers order"),
        ("{ name: x, system: ospos, channels: { order: nowhere } }", "channels are shop, store"),
        (EAST.replace("code: east", "code: shop"), "channel 'shop' exists already"),
    ],
)
async def test_what_contradicts_the_others_is_refused(place, text, words):
    await place.write(z=text)
    assert words in next(r.reason for r in place.live.current.assembled.refused.values())
    assert place.live.current.route(Capability.ORDER, "shop").name == "woo"
    assert place.live.current.route(Capability.ORDER, "store").name == "pos"


async def test_a_change_is_followed(place):
    following = asyncio.create_task(place.live.follow())
    (place.folder / "east.yaml").write_text(EAST, "utf-8")
    try:
        async with asyncio.timeout(5):
            while place.live.current.channel("east") is None:  # noqa: ASYNC110 - polling is the thing
                await asyncio.sleep(0.01)
    finally:
        following.cancel()


async def test_a_folder_that_goes_away_changes_nothing(place):
    before = place.connector("woo")
    (place.folder / "woo.yaml").rename(place.folder.parent / "woo.yaml")
    place.folder.rmdir()
    await place.live.reload()
    assert place.connector("woo") is before


async def test_a_refused_connector_closes_nothing_that_serves(place):
    await place.write(woo=None)
    assert place.live.current.connection("woo") is None
    assert not place.connector("pos").closed


class Kept:
    """Definitions that another place keeps, and that may be away."""

    def __init__(self, *entries):
        self.entries, self.version, self.away = entries, 1, False

    def mark(self):
        return self.version

    async def read(self):
        if self.away:
            raise StoreUnavailable("away")
        return self.entries


def _kept(**changes):
    known = {"place": "connector east", "name": "east", "text": EAST}
    return Entry(origin=ConnectorOrigin.REGISTERED, **(known | changes))


async def test_a_paused_connector_keeps_its_routes_and_is_not_asked(place):
    kept = Kept(_kept())
    await place.live.attach(kept)
    version, opened = place.live.current.version, place.connector("east")
    kept.entries, kept.version = (_kept(paused=True),), 2
    await place.live.reload()
    connection = place.live.current.route(Capability.ORDER, "east")
    assert connection.connector is None
    assert broken(connection).code == "CONNECTOR_PAUSED"
    state = place.state("east")
    assert (state.health, state.state) == (ConnectorHealth.PAUSED, ConnectorStanding.PAUSED)
    assert place.live.current.version == version  # half-read pages go on
    for task in list(place.live._retired):
        await task
    assert opened.closed
    kept.entries, kept.version = (_kept(),), 3
    await place.live.reload()
    assert place.connector("east") is not None


async def test_a_place_that_is_away_leaves_what_it_said_and_is_asked_again(place):
    kept = Kept(_kept())
    await place.live.attach(kept)
    kept.away, kept.version = True, 2
    await place.live.reload()
    assert place.connector("east") is not None
    kept.away, kept.entries = False, ()
    await place.live.reload()
    assert place.live.current.connection("east") is None


async def test_a_place_that_is_away_from_the_start_stops_nothing(place):
    kept = Kept(_kept())
    kept.away = True
    await place.live.attach(kept)
    assert place.connector("woo") is not None
    kept.away = False
    await place.live.reload()
    assert place.connector("east") is not None
