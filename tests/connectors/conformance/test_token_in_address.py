"""A token that stands in the address of every call stands nowhere that anybody reads."""

import json
import logging
import urllib.request

import pytest

from capabilities.errors import ChannelError, Denied
from capabilities.estate import Capability
from capabilities.order.records import OrderFilter
from capabilities.page import PageAsk
from connectors._kit import Wire
from gateway.observe import Metrics
from tests.connectors.conformance.case import Ear

TOKEN = "yz-demo-token-"


async def _page(connector):
    channels = tuple(connector.spec.channels[Capability.ORDER].values())
    return await connector.search_orders(OrderFilter(), PageAsk(first=2, channels=channels))


def _control(url, name, body):
    request = urllib.request.Request(  # noqa: S310 - our own loopback
        f"{url}/__control/{name}", data=json.dumps(body).encode(), method="POST"
    )
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - as above


def _logons_failed(url):
    with urllib.request.urlopen(f"{url}/__control/requests", timeout=10) as answer:  # noqa: S310
        return json.load(answer)["logons_failed"]


async def test_no_log_error_or_metric_has_the_token(systems, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    subject, metrics, sent = systems["youzan"], Metrics(), []
    ask = Wire._sent

    async def heard(self, request, **how):
        sent.append(request)
        return await ask(self, request, **how)

    monkeypatch.setattr(Wire, "_sent", heard)
    connector = await subject.open(metrics, deadline_ms=1500)
    metrics.follow_upstreams(lambda: [connector.upstream])
    told = [repr(connector.spec)]
    try:
        assert (await _page(connector)).rows
        for mode in ("error500", "timeout", "html200", "truncated", "garbage", "refuse"):
            _control(subject.url, "fault", {"mode": mode})
            with pytest.raises(ChannelError) as caught:
                await _page(connector)
            chain = [caught.value, caught.value.__cause__, caught.value.__context__]
            told += [f"{one!r} {one} {getattr(one, 'message', '')}" for one in chain]
    finally:
        _control(subject.url, "fault", {"mode": "none"})
        await connector.aclose()
    assert any(TOKEN.encode() in request for request in sent)
    told += [caplog.text, metrics.text().decode()]
    assert [text for text in told if TOKEN in text or "yz-demo-secret" in text] == []


async def test_a_token_that_ended_is_fetched_once_more(systems):
    subject = systems["youzan"]
    connector = await subject.open(Ear())
    try:
        first = (await _page(connector)).rows
        _control(subject.url, "expire", {})
        assert (await _page(connector)).rows == first
    finally:
        await connector.aclose()


async def test_a_wrong_secret_that_comes_with_200_is_a_refused_logon(systems, monkeypatch):
    monkeypatch.setenv("DEMO_YOUZAN_SECRET", "other")
    connector = await systems["youzan"].open(Ear())
    try:
        for _ in range(2):
            with pytest.raises(Denied):
                await _page(connector)
        assert _logons_failed(systems["youzan"].url) == 1
    finally:
        await connector.aclose()
