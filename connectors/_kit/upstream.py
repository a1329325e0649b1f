"""What every call to one system passes through, whatever protocol it speaks."""

from capabilities.estate import Limits
from capabilities.shared import ALONE, Shared
from connectors._kit.gate import Gate
from connectors._kit.logon import LogonLatch


class Upstream:
    """One connector's way to its system: its places and its logon, made when it is opened."""

    def __init__(self, source: str, limits: Limits | None = None, shared: Shared = ALONE) -> None:
        self.source = source
        self.limits = limits or Limits()
        self.gate = Gate(source, self.limits.max_concurrent)
        self.latch = LogonLatch(source, shared.logons)
