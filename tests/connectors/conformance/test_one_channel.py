"""A system whose every row is of one channel pages exactly, also behind rows of other sources."""

from msgspec.structs import replace

from capabilities.estate import Capability, Limits
from capabilities.order.records import OrderFilter
from capabilities.page import PageAsk, SortKey, before
from connectors.connector import open_connector
from tests.connectors.conformance.case import Ear
from tests.connectors.conformance.subject import WINDOW, ZONE

FILTERS = OrderFilter(placed_from=WINDOW[0], placed_before=WINDOW[1])


async def _walk(connector, size, *, after=None, newest=True, most=10_000):
    rows = []
    while len(rows) < most:
        ask = PageAsk(first=size, channels=("erp",), after=after, newest_first=newest)
        page = await connector.search_orders(FILTERS, ask)
        rows += page.rows
        if not page.has_more:
            break
        after = page.rows[-1].sort_key
    return rows[:most]


async def test_every_row_is_of_one_channel(systems):
    spec = systems["sap"].spec(Limits(deadline_ms=20_000))
    spec = replace(spec, channels={**spec.channels, Capability.ORDER: {"*": "erp"}})
    connector = await open_connector(spec, Ear(), zone=ZONE)
    try:
        whole = await _walk(connector, 100)
        ranks = [row.sort_key.rank for row in whole]
        assert ranks == sorted(set(ranks))
        assert len(whole) > 20
        assert (await _walk(connector, 1, most=15)) == whole[:15]
        assert (await _walk(connector, 3, newest=False, most=15)) == whole[::-1][:15]
        row = whole[len(whole) // 2].sort_key
        places = (
            replace(row, channel="app"),
            replace(row, channel="zoo"),
            replace(row, natural_key=""),
            SortKey(row.value, "erp", "9" * 40),
        )
        for place in places:
            for newest in (True, False):
                rest = [r for r in whole if before(place, r.sort_key, newest_first=newest)]
                found = await _walk(connector, 7, after=place, newest=newest, most=14)
                assert found == (rest if newest else rest[::-1])[:14]
    finally:
        await connector.aclose()
