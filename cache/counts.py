"""What the cache did; plain counters, read when figures are asked for."""

from msgspec import Struct

from capabilities.estate import Capability


class Counts(Struct):
    """Answers of one capability of a connector, by where they came from."""

    process: int = 0
    redis: int = 0
    stale: int = 0
    stale_on_error: int = 0
    source: int = 0
    coalesced: int = 0
    live: int = 0


CountKey = tuple[str, Capability]
