"""What came over the wire, before anybody believes it."""

from collections.abc import Mapping

from msgspec import Struct


class Answer(Struct, frozen=True, kw_only=True):
    """One whole HTTP answer: header names in lower case, the body decoded from its compression.

    `shown` is the proof that its request carried, where there is one that may end.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    elapsed_ms: int
    shown: object = None

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes, {self.elapsed_ms} ms)"
