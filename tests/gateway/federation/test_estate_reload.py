"""The estate in force: what is kept, opened, closed and refused when its file changes."""

import pytest

from capabilities.errors import BadInput, ChannelError
from capabilities.estate import Capability, ConnectorHealth
from connectors.connector import Connector
from gateway.federation import live_estate as estate_module
from gateway.federation.estate_file import EstateFault
from gateway.federation.live_estate import LiveEstate

TEXT = """\
brand: baiwei
channels:
  - { code: shop, name: 官网, kind: OTHER }
  - { code: store, name: 门店, kind: STORE }
connectors:
  - { name: woo, system: woocommerce, channels: { order: shop } }
  - { name: pos, system: ospos, channels: { order: store } }
"""


class _Connector(Connector):
    def __init__(self, spec):
        self.spec = spec
        self.closed = False

    async def aclose(self):
        self.closed = True


@pytest.fixture
async def live(tmp_path, monkeypatch):
    monkeypatch.setattr(estate_module, "_DRAIN_SECONDS", 0)
    path = tmp_path / "estate.yaml"
    path.write_text(TEXT, "utf-8")
    live = LiveEstate(path, _opened)
    await live.open()
    yield live, path
    await live.aclose()


async def _opened(spec, zone):
    if spec.system == "unheard_of":
        raise BadInput("no such system")
    return _Connector(spec)


def _connectors(live):
    return {one.name: one.connector for one in live.current.connections}


async def test_what_did_not_change_stays_open(live):
    live, path = live
    before, version = _connectors(live), live.current.version
    connections = {one.name: one for one in live.current.connections}
    path.write_text(TEXT.replace("name: woo", "name: netshop"), "utf-8")
    await live.reload()
    after = _connectors(live)
    assert after["pos"] is before["pos"]
    assert after["netshop"] is not before["woo"]
    assert (connections["woo"].retired, connections["pos"].retired) == (True, False)
    await _retired(live)
    assert before["woo"].closed
    assert not before["pos"].closed
    assert live.current.version == version  # half-read pages go on


async def test_the_version_changes_with_the_routes(live):
    live, path = live
    before = live.current.version
    path.write_text(TEXT.replace("{ order: shop }", "{ order: shop, member: shop }"), "utf-8")
    await live.reload()
    assert live.current.version != before


async def test_another_zone_opens_everything_anew(live):
    live, path = live
    before = _connectors(live)
    path.write_text("time_zone: Asia/Tokyo\n" + TEXT, "utf-8")
    await live.reload()
    assert not set(map(id, before.values())) & set(map(id, _connectors(live).values()))


async def test_a_refused_file_leaves_the_estate_in_force(live):
    live, path = live
    before = live.current
    path.write_text("brand: [", "utf-8")
    with pytest.raises(EstateFault):
        await live.reload()
    assert live.current is before
    assert not any(one.closed for one in _connectors(live).values())


async def test_a_change_that_breaks_a_working_connector_is_refused(live):
    live, path = live
    before = live.current
    path.write_text(TEXT.replace("woocommerce", "unheard_of"), "utf-8")
    with pytest.raises(EstateFault, match=r"'woo' worked .* no such system"):
        await live.reload()
    assert live.current is before
    assert not any(one.closed for one in _connectors(live).values())


async def test_a_new_connector_that_does_not_open_is_broken_and_its_route_stands(live):
    live, path = live
    path.write_text(TEXT.replace("woocommerce", "unheard_of").replace("woo", "netshop"), "utf-8")
    await live.reload()
    shop = live.current.route(Capability.ORDER, "shop")
    assert shop.state().health is ConnectorHealth.BROKEN
    assert shop.state().last_error == "BAD_USER_INPUT: no such system"
    assert live.current.route(Capability.ORDER, "store").connector is not None
    path.write_text(TEXT, "utf-8")
    await live.reload()
    assert live.current.route(Capability.ORDER, "shop").connector is not None


async def test_a_port_that_fails_is_told_in_the_connectors_state(live):
    live, _ = live
    woo = live.current.route(Capability.ORDER, "shop")
    assert woo.state().health is ConnectorHealth.UNTRIED

    async def fail():
        raise ChannelError("no", code="X")

    async def answer():
        return 7

    with pytest.raises(ChannelError):
        await woo.call(fail)
    assert (woo.state().health, woo.state().errors) == (ConnectorHealth.FAILING, 1)
    assert (await woo.call(answer))[0] == 7
    assert (woo.state().health, woo.state().calls) == (ConnectorHealth.UP, 2)


async def _retired(live):
    for task in list(live._retired):
        await task
