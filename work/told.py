"""The plan as it arrives on standard input: a line replaces the one before, its end ends work."""

import asyncio
import os
from typing import BinaryIO

from capabilities.estate import Capability, ConnectorSpec
from capabilities.working import WorkPlan, decode_plan

# A plan of thousands of connectors is one line.
_LONGEST_LINE = 16 * 1024 * 1024


class Told:
    """The plan in force."""

    def __init__(self, plan: WorkPlan) -> None:
        self.plan = plan

    def spec(self, name: str) -> ConnectorSpec | None:
        """A connector of the plan."""
        return next((one for one in self.plan.connectors if one.name == name), None)

    def owner(self, capability: Capability, channel: str) -> ConnectorSpec | None:
        """The connector that answers a capability for a channel; None where none does."""
        return next((o for o in self.plan.connectors if channel in o.codes(capability)), None)

    def order_owner(self, channel: str) -> str | None:
        """The connector that answers for a channel's orders; None where the platform holds them."""
        owner = self.owner(Capability.ORDER, channel)
        return None if owner is None else owner.name


async def listen(source: BinaryIO) -> asyncio.StreamReader:
    """A reader of the plans that a process was given."""
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    protocol = asyncio.StreamReaderProtocol(reader)
    pipe = os.fdopen(os.dup(source.fileno()), "rb")
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    return reader


async def follow(reader: asyncio.StreamReader, told: Told) -> None:
    """Keep the plan new until its teller is gone."""
    while line := await reader.readline():
        told.plan = decode_plan(line)
