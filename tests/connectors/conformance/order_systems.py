"""Systems that take orders, each with its ways to lose an answer or to be away."""

import base64
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count as count_from
from urllib.parse import parse_qs, urlsplit

import httpx
from psycopg import AsyncConnection

from capabilities.estate import Capability, ConnectorSpec, Limits
from capabilities.order.records import OrderStatus
from capabilities.order.writing import OrderWriteKind as Kind
from demo.pos.seed import seed_database
from tests.connectors.conformance.order_sinks import listed, placed
from tests.connectors.conformance.subject import order_fault


class Simulated:
    """A simulator of ours behind its control door."""

    def __init__(self, url):
        self.url = url

    async def control(self, name, **body):
        async with httpx.AsyncClient(base_url=self.url) as client:
            return (await client.post(f"/__control/{name}", json=body)).json()

    def tell(self, name, **body):
        answer = httpx.post(f"{self.url}/__control/{name}", json=body)
        assert answer.status_code == 200, answer.text

    @contextmanager
    def fault(self, mode):
        order_fault(self.url, mode)
        yield
        order_fault(self.url, "none")

    @contextmanager
    def write_fault(self, mode):
        self.tell("write_fault", mode=mode)
        yield
        self.tell("write_fault", mode="none")

    async def calls(self):
        async with httpx.AsyncClient(base_url=self.url) as client:
            return (await client.get("/__control/requests")).json()["total"]

    def away(self):
        return self.fault("refuse")


class Sap(Simulated):
    """SAP S/4HANA over OData V2."""

    system, root, channel, nobodys = "sap_s4hana", "/sap/opu/odata/sap", "tmall", "4999999"
    kinds = frozenset(Kind) - {Kind.PAY}

    def __init__(self, world):
        super().__init__(world.server("demo.sap", "--port", "0"))

    @property
    def losses(self):
        modes = ("lost_after", "error_after", "number_lost")
        return [lambda mode=mode: self.write_fault(mode) for mode in modes]

    def spec(self):
        return ConnectorSpec(
            name="sap",
            system=self.system,
            settings={"base_url": f"{self.url}{self.root}", "username": "SANTONG", "client": "100"},
            secrets={"password": "env:DEMO_SAP_PASSWORD"},
            limits=Limits(deadline_ms=3000),
            channels={Capability.ORDER: {"30": "tmall"}, Capability.MEMBER: {"MTMC": "tmall"}},
        )

    async def count(self):
        headers = {"authorization": "Basic " + base64.b64encode(b"SANTONG:demo-sap").decode()}
        place = "/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder/$count"
        async with httpx.AsyncClient(base_url=self.url, headers=headers) as client:
            asked = {"sap-client": "100", "$format": "json"}
            return int((await client.get(place, params=asked)).text)

    async def open_order(self, sink):
        return (await placed(sink, self))[0]

    async def picked_order(self, sink):
        """The newest that is delivered in part or whole."""
        page = await listed(sink, self, placed_before=datetime(2026, 10, 1, tzinfo=UTC))
        return next(one.number for one in page.rows if one.status is OrderStatus.SHIPPED)


class SapV4(Sap):
    """The same with sales orders over V4."""

    system, root = "sap_s4hana_v4", "/sap/opu"


class Shop(Simulated):
    """WooCommerce."""

    system, channel, nobodys = "woocommerce", "shop", "99999999"
    kinds = frozenset(Kind)

    def __init__(self, world):
        super().__init__(world.server("demo.shop", "--port", "0"))

    @property
    def losses(self):
        return [lambda: self.fault("truncated")]

    def spec(self):
        return ConnectorSpec(
            name="shop",
            system="woocommerce",
            settings={"base_url": f"{self.url}/wp-json/wc/v3", "username": "ck_demo"},
            secrets={"password": "env:DEMO_WOO_SECRET"},
            limits=Limits(deadline_ms=3000),
            channels={Capability.ORDER: {"checkout": "shop"}},
        )

    async def count(self):
        place = "/wp-json/wc/v3/orders"
        async with httpx.AsyncClient(base_url=self.url, auth=("ck_demo", "cs_demo")) as client:
            return int((await client.get(place)).headers["x-wp-total"])

    async def open_order(self, sink):
        return (await placed(sink, self))[0]

    async def picked_order(self, sink):
        page = await listed(sink, self, placed_before=datetime(2026, 10, 1, tzinfo=UTC))
        return next(one.number for one in page.rows if one.status is OrderStatus.COMPLETED)


class Till:
    """Open Source POS in a real PostgreSQL, behind a proxy that loses answers."""

    system, channel, nobodys = "ospos", "store", "M0001-20200101-0-1-99999999"
    kinds = frozenset(Kind) - {Kind.PAY}

    def __init__(self, world):
        world.postgres.create_database("order_sinks_pos")
        self.dsn = str(world.postgres.dsn("order_sinks_pos"))
        seed_database(self.dsn)
        socket = world.folders.mktemp("proxy") / ".s.PGSQL.5432"
        upstream = f"{parse_qs(urlsplit(self.dsn).query)['host'][0]}/.s.PGSQL.5432"
        self.proxy = world.server(
            *("demo.pos", "proxy", "--listen", str(socket)),
            *("--upstream", upstream, "--control-port", "0"),
        )
        self.place = f"?host={socket.parent}&port=5432"

    @contextmanager
    def fault(self, mode):
        order_fault(self.proxy, mode)
        yield
        order_fault(self.proxy, "none")

    @property
    def losses(self):
        return [lambda: self.fault("lost_commit")]

    def away(self):
        return self.fault("refuse")

    def spec(self):
        return ConnectorSpec(
            name="till",
            system="ospos",
            settings={"url": f"postgresql://pos_writer@/order_sinks_pos{self.place}"},
            secrets={"password": "env:DEMO_POS_PASSWORD"},
            limits=Limits(deadline_ms=5000),
            channels={Capability.ORDER: {"M": "store"}},
        )

    async def rows(self, statement):
        async with await AsyncConnection.connect(self.dsn, autocommit=True) as connection:
            return await (await connection.execute(statement)).fetchall()

    async def count(self):
        ((count,),) = await self.rows("SELECT count(*) FROM ospos_sales")
        return count

    async def calls(self):
        return 0

    async def open_order(self, sink):
        page = await listed(sink, self, statuses=frozenset({OrderStatus.DRAFT}))
        return page.rows[next(_OPEN)].number

    async def picked_order(self, sink):
        return (await placed(sink, self))[0]


_OPEN = count_from()
SYSTEMS = {"sap": Sap, "sap_v4": SapV4, "woo": Shop, "pos": Till}
