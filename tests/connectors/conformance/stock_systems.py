"""Systems whose stock can be set, with their buyers and their ways to lose a push."""

import httpx

from capabilities.estate import Capability, ConnectorSpec, Limits
from demo.sample import make_retailer
from demo.sample.records import WOO

_CODES = make_retailer().codes[WOO]


class _Simulated:
    # A product, and a variation under its parent.
    codes = (_CODES[1].written, _CODES[0].written)
    limits = Limits(deadline_ms=5000)

    def __init__(self, server):
        self.url = server(self.module, "--port", "0")

    async def control(self, name, **body):
        async with httpx.AsyncClient(base_url=self.url) as client:
            answer = await client.post(f"/__control/{name}", json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

    async def requests(self):
        async with httpx.AsyncClient(base_url=self.url) as client:
            return (await client.get("/__control/requests")).json()

    async def sell(self, code, count):
        return (await self.control("sell", sku=code, count=count))["sold"]

    async def left(self, code):
        (row,) = (await self.control("stock", sku=code))["rows"]
        return row[self.left_in]


class Shop(_Simulated):
    """WooCommerce."""

    module, channel, left_in, keeps_references = "demo.shop", "shop", "stock_quantity", True

    def spec(self, **facts):
        return ConnectorSpec(
            name="shop",
            system="woocommerce",
            settings={"base_url": f"{self.url}/wp-json/wc/v3", "username": "ck_demo"},
            secrets={"password": "env:DEMO_WOO_SECRET"},
            limits=self.limits,
            channels={Capability.ORDER: {"checkout": "shop"}},
            **facts,
        )


class Marketplace(_Simulated):
    """Taobao over TOP."""

    module, channel, left_in, keeps_references = "demo.top", "tmall", "quantity", False

    def spec(self, **facts):
        return ConnectorSpec(
            name="tmall",
            system="taobao_top",
            settings={"base_url": self.url, "app_key": "12345678"},
            secrets={"secret": "env:DEMO_TOP_SECRET", "session": "env:DEMO_TOP_SESSION"},
            limits=self.limits,
            channels={Capability.ORDER: {"*": "tmall"}},
            **facts,
        )


SECRETS = {
    "DEMO_WOO_SECRET": "cs_demo",
    "DEMO_TOP_SECRET": "helloworld",
    "DEMO_TOP_SESSION": "6100demo-session",
}
STOCK_SYSTEMS = {"woo": Shop, "top": Marketplace}
