"""The review queue: two people whom only a person can judge, with what speaks for and against."""

from datetime import datetime
from enum import Enum
from typing import TypeAlias

from msgspec import Struct

from capabilities.declined import Declined
from capabilities.ids import global_id
from capabilities.member.merging import MergeDeclined
from capabilities.member.resolution import Evidence
from capabilities.operations import IdempotencyKeyReused


class CandidateState(Enum):
    """What became of a pair."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    NEVER = "NEVER"


class Verdict(Enum):
    """What a person says of a pair: merge, not on this evidence, or never."""

    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    NEVER = "NEVER"


class MergeCandidate(Struct, frozen=True, kw_only=True):
    """Two people of the queue as they stand now; `score` is missing where rules found them."""

    brand: str
    key: str
    left: str
    right: str
    evidence: tuple[Evidence, ...]
    found_at: datetime
    score: float | None = None
    state: CandidateState = CandidateState.OPEN
    decided_by: str | None = None

    @property
    def id(self) -> str:
        """Global id of the pair."""
        return global_id("MergeCandidate", self.brand, self.key)

    @property
    def left_id(self) -> str:
        """Global id of the one person."""
        return global_id("Member", self.brand, self.left)

    @property
    def right_id(self) -> str:
        """Global id of the other."""
        return global_id("Member", self.brand, self.right)


class CandidatePage(Struct, frozen=True, kw_only=True):
    """Some pairs of the queue, where they end, and how many there are in all."""

    pairs: tuple[MergeCandidate, ...]
    count: int
    end_cursor: str | None = None
    has_next_page: bool = False


class CandidateDecided(Struct, frozen=True, kw_only=True, tag=True):
    """A verdict that was given; `record` and `one_id` are of the merge that it made."""

    brand: str
    key: str
    state: CandidateState
    record: str | None = None
    one_id: str | None = None

    @property
    def candidate_id(self) -> str:
        """Global id of the pair."""
        return global_id("MergeCandidate", self.brand, self.key)

    @property
    def resulting_member_id(self) -> str | None:
        """Global id of the person that stands; None where nobody was merged."""
        return None if self.one_id is None else global_id("Member", self.brand, self.one_id)

    @property
    def merge_id(self) -> str | None:
        """Global id of the record by which the merge can be undone; None where none was made."""
        return None if self.record is None else global_id("Merge", self.brand, self.record)


class CandidateDeclined(Declined, frozen=True, kw_only=True, tag=True):
    """A verdict that was not given: there is no such pair, or it was judged already."""


Judging: TypeAlias = CandidateDecided | CandidateDeclined | MergeDeclined | IdempotencyKeyReused
