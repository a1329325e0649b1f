"""What the back door is told by the front door: the connectors in force, as one line of JSON.

Neither imports the other. A plan holds references to secrets and never a secret.
"""

import msgspec
from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.estate import ConnectorSpec


class WorkPlan(Struct, frozen=True, kw_only=True):
    """The estate as far as work needs it; `time_zone` is the estate's."""

    brand: str
    time_zone: str
    connectors: tuple[ConnectorSpec, ...] = ()


_DECODER = msgspec.json.Decoder(WorkPlan)


def encode_plan(plan: WorkPlan) -> bytes:
    """A plan as one line."""
    return msgspec.json.encode(plan) + b"\n"


def decode_plan(line: bytes) -> WorkPlan:
    """The plan of a line; BadInput where it is none."""
    try:
        return _DECODER.decode(line)
    except msgspec.MsgspecError:
        pass
    raise BadInput("the line is no plan of work")
