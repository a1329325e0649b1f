"""A wish that a difference is expected, as somebody states it."""

from datetime import datetime

from msgspec import Struct

from capabilities.adoption.difference import DiffClass
from capabilities.estate import Capability


class Acknowledging(Struct, frozen=True, kw_only=True):
    """What somebody explains, why, and until when; `field` is empty for a whole record."""

    channel: str
    capability: Capability
    field: str
    klass: DiffClass
    pattern: str
    reason: str
    owner: str
    until: datetime
