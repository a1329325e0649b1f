"""A provider that confirms: one payment a request, signed, of another order each time.

`python -m bench.payments.load` reads a `Buying` from its input and writes a `Bought`.
"""

import hashlib
import hmac
import json
import sys
import time
from dataclasses import asdict

import uvloop

from bench.flash.load import Buying, Run

_OK = 200
ORDER_TOTAL = 2_580


class Confirming(Run):
    """One load while it runs; the number of a member is that of an order."""

    def next_order(self) -> bytes:
        """The confirmation of the next order's payment."""
        number, self._number = self._number, self._number + 1
        body = b'{"id":"t%09d","order":"%09d","cents":%d}' % (number, number, ORDER_TOTAL)
        moment = b"%d" % time.time()
        made = hmac.new(self._key, moment + b"." + body, hashlib.sha256).hexdigest()
        head = "POST /payments/bench HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        head += f"x-signature: {made}\r\nx-time: {moment.decode()}\r\n"
        head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + body

    def outcome(self, status: int, body: bytes) -> str:
        """What an answer says."""
        return "Confirmed" if status == _OK and body == b"{}" else str(status)


if __name__ == "__main__":
    told = uvloop.run(Confirming(Buying(**json.load(sys.stdin))).run())
    print(json.dumps(asdict(told)))
