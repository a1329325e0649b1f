"""What a doctor found: findings that a system's owner can act on."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from msgspec import Struct


class Verdict(Enum):
    """How a finding stands."""

    GOOD = "GOOD"
    NOTICE = "NOTICE"
    WRONG = "WRONG"
    NOT_ASKED = "NOT_ASKED"


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at; `figures` are numbers and codes, never a row's own values.

    What is wrong only because the system gave no answer is not `answered`.
    """

    check: str
    verdict: Verdict
    told: str
    section: str | None = None
    figures: Mapping[str, Any] = {}
    answered: bool = True


class Report(Struct, frozen=True, kw_only=True):
    """A whole examination. `samples` are rows beside their records, to be masked by who shows them.

    `seconds` and `calls` are what it cost the system.
    """

    connector: str
    system: str
    seconds: float
    calls: int
    findings: tuple[Finding, ...]
    samples: Mapping[str, tuple[tuple[Any, Any], ...]] = {}

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong; notices are for a person to judge."""
        return all(one.verdict is not Verdict.WRONG for one in self.findings)
