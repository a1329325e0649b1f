"""The webhook: signed, sent once, and honest about what it does not know."""

import json
from hashlib import sha256

import pytest

from capabilities.errors import BadInput
from capabilities.estate import Limits
from capabilities.lifecycle.sending import Delivery, Message
from capabilities.member.consent import ConsentMedium
from connectors._kit import Secret, address_rules
from connectors.touching.proof import signature
from connectors.touching.webhook import WebhookSender
from tests.connectors._kit.raw_server import RawServer, answering

SECRET = Secret("a-secret-of-ours")
MESSAGE = Message(
    touch_id="abc234",
    campaign="spring",
    medium=ConsentMedium.SMS,
    address="+8613800001111",
    language="zh-CN",
    template="second",
    text="欢迎再来",
)
LOCAL = address_rules(["127.0.0.1:*"])
QUICK = Limits(deadline_ms=300, connect_ms=200)


@pytest.fixture
async def server():
    started = RawServer()
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def sender(server):
    opened = WebhookSender(
        "sms", f"{server.url}/touches", SECRET, addresses=LOCAL, clock=lambda: 1.5, limits=QUICK
    )
    yield opened
    await opened.aclose()


async def _sent(sender):
    (receipt,) = await sender.send([MESSAGE])
    return receipt.delivery


async def test_a_touch_is_posted_once_with_its_key_and_its_proof(server, sender):
    server.script = answering(200, {"status": "ACCEPTED"})
    assert await _sent(sender) is Delivery.SENT
    ((request,), (body,)) = server.requests, server.bodies
    told = dict(line.split(": ", 1) for line in request.decode().split("\r\n")[1:])
    heads = {name.lower(): value for name, value in told.items()}
    assert request.startswith(b"POST /touches ")
    assert heads["idempotency-key"] == "abc234"
    assert heads["santong-timestamp"] == "1"
    assert heads["santong-signature"] == signature(SECRET, 1, "abc234", body)
    assert json.loads(body)["text"] == "欢迎再来"


def test_the_proof_covers_time_key_and_body():
    proofs = {
        signature(SECRET, 1, "a", b"x"),
        signature(SECRET, 2, "a", b"x"),
        signature(SECRET, 1, "b", b"x"),
        signature(SECRET, 1, "a", b"y"),
        signature(Secret("other"), 1, "a", b"x"),
    }
    assert len(proofs) == 5
    assert sha256(b"x").hexdigest() not in proofs


@pytest.mark.parametrize(
    ("status", "body", "delivery"),
    [
        (200, {"status": "REFUSED"}, Delivery.REFUSED),
        (422, {"status": "whatever"}, Delivery.REFUSED),
        (401, b"", Delivery.NOT_SENT),
        (404, b"", Delivery.NOT_SENT),
        (429, b"", Delivery.NOT_SENT),
        (200, b"", Delivery.UNKNOWN),
        (200, {"status": "PERHAPS"}, Delivery.UNKNOWN),
        (200, {"error": "db is down"}, Delivery.UNKNOWN),
        (200, b"<html>", Delivery.UNKNOWN),
        (302, b"", Delivery.UNKNOWN),
        (408, b"", Delivery.UNKNOWN),
        (500, {"status": "ACCEPTED"}, Delivery.UNKNOWN),
        (503, b"", Delivery.UNKNOWN),
    ],
)
async def test_what_an_answer_means(server, sender, status, body, delivery):
    server.script = answering(status, body)
    assert await _sent(sender) is delivery
    assert len(server.requests) == 1


async def test_without_an_answer_nobody_knows_and_nothing_is_sent_again(server, sender):
    async def silent(peer):
        del peer

    server.script = silent
    assert await _sent(sender) is Delivery.UNKNOWN
    assert len(server.requests) == 1


async def test_a_connection_that_broke_is_unknown_too(server, sender):
    async def broken(peer):
        peer.reset()

    server.script = broken
    assert await _sent(sender) is Delivery.UNKNOWN


async def test_where_nobody_listens_nothing_was_sent(server, sender):
    await server.stop()
    assert await _sent(sender) is Delivery.NOT_SENT
    await server.start()


@pytest.mark.parametrize(
    ("status", "body", "delivery"),
    [
        (200, {"status": "ACCEPTED"}, Delivery.SENT),
        (200, {"status": "REFUSED"}, Delivery.REFUSED),
        (404, {"status": "ABSENT"}, Delivery.NOT_SENT),
        (404, b"not found", Delivery.UNKNOWN),
        (200, {"status": "ABSENT"}, Delivery.UNKNOWN),
        (500, b"", Delivery.UNKNOWN),
    ],
)
async def test_what_became_of_a_touch_is_asked(server, sender, status, body, delivery):
    server.script = answering(status, body)
    (receipt,) = await sender.look_up(["abc234"])
    assert receipt.delivery is delivery
    assert server.targets[0] == "/touches/abc234"


async def test_an_address_of_this_network_is_refused_unless_it_is_allowed():
    with pytest.raises(BadInput) as raised:
        WebhookSender(
            "sms", "http://169.254.169.254/x", SECRET, addresses=address_rules(["public"])
        )
    assert raised.value.code == "ADDRESS_REFUSED"


def test_a_message_shows_no_address():
    assert "138" not in repr(MESSAGE)
    assert "欢迎" not in repr(MESSAGE)
