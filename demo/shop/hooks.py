"""The shop's webhooks: what it tells of its orders, signed with the secret of its hooks."""

import base64
import hashlib
import hmac
import os
from itertools import count
from random import Random
from typing import Final, Protocol

import orjson

from demo.pushed import Push, Pushes
from demo.shop.documents import Document

CREATED: Final = "order.created"
UPDATED: Final = "order.updated"


class _Way(Protocol):
    def push(self, push: Push) -> None: ...


class ShopHooks:
    """Tells `DEMO_WOO_HOOK_URL` of orders; a shop without one tells nobody."""

    def __init__(self, way: _Way | None, secret: str) -> None:
        self._way = way
        self._secret = secret.encode()
        self._ids = count(1)

    def told(self, topic: str, order: Document) -> None:
        """An order is new or another than before."""
        if self._way is None:
            return
        body = orjson.dumps(order)
        made = base64.b64encode(hmac.new(self._secret, body, hashlib.sha256).digest())
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Resource": "order",
            "X-WC-Webhook-Event": topic.partition(".")[2],
            "X-WC-Webhook-ID": "1",
            "X-WC-Webhook-Delivery-ID": f"{next(self._ids):032x}",
            "X-WC-Webhook-Signature": made.decode(),
        }
        self._way.push(Push(headers, body))


def pushes_of(seed: int) -> Pushes | None:
    """The way to whom the environment names."""
    url = os.environ.get("DEMO_WOO_HOOK_URL")
    return Pushes(url, Random(f"{seed}:hooks")) if url else None


def secret_of() -> str:
    """What the shop's owner wrote into its form for webhooks."""
    return os.environ.get("DEMO_WOO_HOOK_SECRET", "hook-secret")
