"""Basic logon with the lock that SAP puts on a user after three wrong passwords."""

import base64
import binascii
import hmac
import os
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from demo.faults import Tally

USER: Final = "SANTONG"
CLIENT: Final = "100"
_ALLOWED: Final = 3
_CHALLENGE: Final = 'Basic realm="SAP NetWeaver Application Server [S4H/100]"'


class Logon:
    """Knows one user; locked means that the right password fails as well."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._password = os.environ.get("DEMO_SAP_PASSWORD", "demo-sap")
        self._wrong = 0

    @property
    def locked(self) -> bool:
        """Whether only an administrator can help."""
        return self._wrong >= _ALLOWED

    def unlock(self) -> None:
        """What the administrator does."""
        self._wrong = 0

    def check(self, request: Request) -> Response | None:
        """None for a good logon, else the 401; a request without one does not count."""
        given = request.headers.get("authorization")
        if given is None:
            return _refused()
        right = hmac.compare_digest(_decode(given), f"{USER}:{self._password}".encode())
        if right and not self.locked:
            self._wrong = 0
            return None
        self._tally.logons_failed += 1
        self._wrong += 0 if right else 1
        return _refused()


def _decode(header: str) -> bytes:
    scheme, _, code = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(code, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _refused() -> Response:
    body = "<html><head><title>Anmeldung fehlgeschlagen</title></head><body>401</body></html>"
    return Response(
        body, 401, {"www-authenticate": _CHALLENGE, "sap-system": "S4H"}, media_type="text/html"
    )
