"""What is dropped before its time: a tag names it, and a number says when.

A connector's drops are numbered. Every entry holds the number that stood when its answer was asked
for; it counts while nothing that concerns it was dropped under a higher one. So a drop is one
write, however much it drops, and an answer that was on its way meanwhile is dropped too.
"""

from collections.abc import Mapping

from msgspec import Struct

from capabilities.estate import Capability

EPOCH = b"epoch"
NUMBER = b"number"
ALL = "*"


class Tag(Struct, frozen=True, kw_only=True):
    """What is dropped together: all of a connector, of a capability, of a channel in it.

    With a `key` it is what concerns that one: a number, an identity's value, or `LISTS`.
    """

    connector: str
    capability: Capability | None = None
    channel: str | None = None
    key: str | None = None

    def __post_init__(self) -> None:
        if self.capability is None and (self.key, self.channel) != (None, None):
            raise ValueError("a key or a channel is one of a capability")

    @property
    def field(self) -> str:
        """Under which name the drop is counted; for a tag without a key."""
        if self.capability is None:
            return ALL
        return field(self.capability, self.channel)


def field(capability: Capability, channel: str | None = None) -> str:
    """The name of the drops of a capability, or of one channel in it."""
    return capability.value if channel is None else f"{capability.value}/{channel}"


class Drops(Struct, frozen=True):
    """The drops of one connector as Redis told them.

    `epoch` changes when Redis has lost them: then nothing is known of what was dropped before, and
    no entry of an earlier epoch counts.
    """

    epoch: bytes
    number: int
    last: Mapping[bytes, bytes]

    def latest(self, capability: Capability, channels: tuple[str, ...] | None) -> int:
        """The number of the last drop that concerns channels of a capability; None is all."""
        own = field(capability).encode()
        if channels is None:
            inside = own + b"/"
            names = [name for name in self.last if name.startswith(inside)]
        else:
            names = [field(capability, channel).encode() for channel in channels]
        return max(self._of(name) for name in (ALL.encode(), own, *names))

    def _of(self, name: bytes) -> int:
        return number(self.last.get(name))


def number(raw: bytes | None) -> int:
    """The number of a drop; 0 for none. What is no number drops everything before it."""
    if raw is None:
        return 0
    return int(raw) if raw.isdigit() else 1 << 63
