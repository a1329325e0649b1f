"""Who answers where the platform may stand in for a system: what loads and lists ask of it."""

from typing import Protocol, TypeVar

from capabilities.estate import Capability
from gateway.federation.adopted_line import Question, Seen
from gateway.federation.estate import Connection

_P = TypeVar("_P")


class Switch(Protocol):
    """Who answers where the platform may stand in for a system."""

    def port(self, connection: Connection, kind: type[_P]) -> _P | None:
        """The platform's side of a connection as one of its ports."""

    def question(self, connection: Connection, port: str, *, live: bool) -> Question | None:
        """A question that either side may answer; None for one that its system answers alone."""

    def seen(self, connection: Connection, port: str) -> Seen | None:
        """Who looks at what a system answers alone; None where nobody does."""

    def owned(self, connection: Connection, capability: Capability) -> frozenset[str]:
        """Channels of a connection whose rows are the platform's alone."""
