"""The description of the resources in force as bytes, put together once for each of their sets."""

import orjson

from gateway.rest.openapi import described
from gateway.rest.published import InForce


def description(now: InForce, brand: str) -> bytes:
    """OpenAPI 3.1 in JSON."""
    told = described(now.resources, f"Resources of {brand}")
    return orjson.dumps(told, option=orjson.OPT_INDENT_2)


class Described:
    """Keeps the bytes of the last set that was asked about."""

    def __init__(self, brand: str) -> None:
        self._brand = brand
        self._of: InForce | None = None
        self._bytes = b""

    def document(self, now: InForce) -> bytes:
        """The description of what is in force."""
        if self._of is not now:
            self._bytes, self._of = description(now, self._brand), now
        return self._bytes
