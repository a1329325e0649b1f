"""How a webhook knows that a touch came from us, as a pure function; the receiver does the same."""

import hmac
from hashlib import sha256

from connectors._kit.secrets import Secret


def signature(secret: Secret, timestamp: int, touch_id: str, body: bytes) -> str:
    """`v1=` and the hexadecimal HMAC-SHA256 of time, idempotency key and the body's sha256."""
    text = f"{timestamp}.{touch_id}.{sha256(body).hexdigest()}"
    return f"v1={hmac.new(secret.reveal().encode(), text.encode(), sha256).hexdigest()}"
