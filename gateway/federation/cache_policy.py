"""How long an operator lets answers be kept: durations as text, read from the estate file."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from capabilities.estate import LONGEST_KEPT_SECONDS, CachePolicy, Capability

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = r"^(0|[1-9]\d{0,6})(ms|s|m|h)$"
# A key without a record is asked again soon: it may be a person who registers at this moment.
_ABSENT_SECONDS = 5.0

Duration = Annotated[str, Meta(pattern=_DURATION)]
DURATION_RULE = "a number with ms, s, m or h, such as 30s"


class CacheRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The policy of one capability as it is written."""

    fresh: Duration
    absent: Duration | None = None
    stale_while_revalidate: Duration = "0s"
    stale_if_error: Duration = "0s"


Written = CacheRow | Literal["never"]


class CacheTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a connector's answers may be kept for, by capability."""

    member: Written = "never"
    order: Written = "never"
    promotion: Written = "never"

    def rows(self) -> Iterator[tuple[Capability, CacheRow]]:
        """The capabilities whose answers may be kept."""
        for capability in Capability:
            row: Written = getattr(self, capability.value)
            if isinstance(row, CacheRow):
                yield capability, row


def policy_of(row: CacheRow) -> CachePolicy:
    """The policy of a row; ValueError where it keeps answers too long."""
    fresh = _seconds(row.fresh)
    policy = CachePolicy(
        fresh=fresh,
        absent=min(fresh, _ABSENT_SECONDS) if row.absent is None else _seconds(row.absent),
        stale_while_revalidate=_seconds(row.stale_while_revalidate),
        stale_if_error=_seconds(row.stale_if_error),
    )
    if max(policy.life, policy.absent) > LONGEST_KEPT_SECONDS:
        raise ValueError("no answer is kept longer than 24h, fresh and stale together")
    return policy


def _seconds(text: str) -> float:
    found = re.fullmatch(_DURATION, text)
    if found is None:
        raise ValueError(f"write {DURATION_RULE}")
    return int(found[1]) * _SECONDS[found[2]]
