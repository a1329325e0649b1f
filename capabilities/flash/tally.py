"""What a sale answers, counted: how many of each kind, in all and in each second."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from msgspec import Struct

from capabilities.flash.records import (
    DuplicateRequest,
    LimitReached,
    NotOpen,
    Outcome,
    Reserved,
    SoldOut,
    Throttled,
)


class Answer(Enum):
    """How a wish of a flash sale is answered."""

    RESERVED = "RESERVED"
    REPLAYED = "REPLAYED"
    SOLD_OUT = "SOLD_OUT"
    LIMIT_REACHED = "LIMIT_REACHED"
    NOT_OPEN = "NOT_OPEN"
    DUPLICATE_REQUEST = "DUPLICATE_REQUEST"
    THROTTLED = "THROTTLED"


_ANSWERS: Mapping[type[Outcome], Answer] = {
    SoldOut: Answer.SOLD_OUT,
    LimitReached: Answer.LIMIT_REACHED,
    NotOpen: Answer.NOT_OPEN,
    DuplicateRequest: Answer.DUPLICATE_REQUEST,
    Throttled: Answer.THROTTLED,
}


def answer_of(outcome: Outcome) -> Answer:
    """Which kind of answer an outcome is."""
    if isinstance(outcome, Reserved):
        return Answer.REPLAYED if outcome.replay else Answer.RESERVED
    return _ANSWERS[type(outcome)]


class AnswerCount(Struct, frozen=True, kw_only=True, gc=False):
    """So many answers of one kind."""

    answer: Answer
    count: int


class AnsweredSecond(Struct, frozen=True, kw_only=True):
    """What was answered in one second of the store's clock, by all processes."""

    at: datetime
    answers: tuple[AnswerCount, ...]
