"""The provider of the bench signs as its declaration says, and a refusal is a fault."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import httptools
import msgspec

from bench.flash.load import Buying
from bench.payments.load import ORDER_TOTAL, Confirming
from bench.payments.stage import _PROVIDER, KEY
from connectors._kit.secrets import SecretPlaces
from gateway.payments.declared import Declared
from gateway.payments.provider import Provider, Told


class _Heard:
    def __init__(self, request):
        self.headers, self.body = {}, b""
        httptools.HttpRequestParser(self).feed_data(request)

    def on_header(self, name, value):
        self.headers[name.decode()] = value.decode()

    def on_body(self, body):
        self.body += body


async def test_every_confirmation_is_of_another_order_and_the_gateway_believes_it(monkeypatch):
    monkeypatch.setenv("BENCH_PAYMENTS_KEY", KEY.decode())
    declared = msgspec.convert(_PROVIDER, Declared)
    provider = Provider(declared, SecretPlaces(), ZoneInfo("Asia/Shanghai"))
    run = Confirming(Buying("http://127.0.0.1:1", "b", (), KEY.hex(), 1.0, first=7))
    heard = [_Heard(run.next_order()) for _ in range(2)]
    told = [
        provider.hear(Told(headers=one.headers, body=one.body), datetime.now(UTC)) for one in heard
    ]
    assert [one.number for one in told] == ["000000007", "000000008"]
    assert {one.amount for one in told} == {ORDER_TOTAL}
    assert run.outcome(200, b"{}") == "Confirmed"
    assert run.outcome(503, b"{}").isdigit()
