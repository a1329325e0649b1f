"""One flash sale as operations run it: declined, or used twice, as its key says."""

from datetime import UTC, datetime
from typing import Any

from capabilities.flash.lifecycle import Proposal, Step
from capabilities.flash.rehearsal import Rehearsal, RehearsalRun, RehearsalState
from capabilities.flash.running import Bucket, FlashSaleDeclined, Pool
from capabilities.flash.tally import Answer, AnswerCount, AnsweredSecond
from capabilities.operations import IdempotencyKeyReused
from tests.schema.flash_shelf import SALE

PROPOSAL = Proposal(
    id="p1",
    sale="spring-7",
    step=Step.TOP_UP,
    pool="shop",
    units=5,
    version=1,
    proposed_by="ops-1",
    proposed_at=datetime(2026, 10, 1, 4, tzinfo=UTC),
    confirmed_by="ops-2",
)
POOL = Pool(channel="shop", buckets=(Bucket(number=0, allocated=5, remaining=3, held=True),))
ANSWERS = (AnswerCount(answer=Answer.SOLD_OUT, count=7),)

REHEARSED = RehearsalRun(
    id="r1",
    sale="spring-7",
    author="ops-1",
    started_at=PROPOSAL.proposed_at,
    ended_at=PROPOSAL.proposed_at,
    state=RehearsalState.DONE,
    reason="LOST",
    result=Rehearsal(
        sale="spring-7",
        units=5,
        people=15,
        seconds=1.5,
        rate=3.3,
        p50_ms=10.0,
        p99_ms=20.0,
        answers={"RESERVED": 5, "WAITING": 2},
        reserved=5,
        faults=("one",),
    ),
)


class FlashRunningShelf:
    """Implements `schema.flash_running_part.FlashRunningPart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def sales(self, *asked: Any) -> Any:
        self.asked.append(("sales", *asked))
        return [SALE]

    async def pools(self, sale: str) -> Any:
        self.asked.append(("pools", sale))
        return [POOL]

    async def waiting(self, sale: Any) -> Any:
        self.asked.append(("waiting", sale))
        return [PROPOSAL]

    async def answers(self, sale: str) -> Any:
        self.asked.append(("answers", sale))
        return ANSWERS

    async def seconds(self, sale: str, last: int) -> Any:
        self.asked.append(("seconds", sale, last))
        return [AnsweredSecond(at=PROPOSAL.proposed_at, answers=ANSWERS)]

    async def define(self, sale: Any, key: str) -> Any:
        return self._answer(SALE, key, "define", sale)

    async def take(self, sale: str, step: Step, key: str) -> Any:
        return self._answer(SALE, key, "take", sale, step)

    async def propose(self, sale: str, step: Step, key: str, **more: Any) -> Any:
        return self._answer(PROPOSAL, key, "propose", sale, step, more)

    async def confirm(self, proposal: str, key: str) -> Any:
        return self._answer(SALE, key, "confirm", proposal)

    async def withdraw(self, proposal: str, key: str) -> Any:
        return self._answer(SALE, key, "withdraw", proposal)

    async def transfer(self, sale: str, source: str, target: str, units: int, key: str) -> Any:
        return self._answer(SALE, key, "transfer", sale, source, target, units)

    async def change_supply(self, sale: str, supply: Any, key: str) -> Any:
        return self._answer(SALE, key, "supply", sale, supply)

    async def rehearsal(self, sale: str) -> Any:
        self.asked.append(("rehearsal", sale))
        return REHEARSED

    async def rehearse(self, sale: str, key: str) -> Any:
        return self._answer(REHEARSED, key, "rehearse", sale)

    async def change_rate(self, sale: str, rate: float, key: str) -> Any:
        return self._answer(SALE, key, "rate", sale, rate)

    def _answer(self, answer: Any, key: str, *asked: Any) -> Any:
        self.asked.append(asked)
        if key == "declined":
            return FlashSaleDeclined(
                code="FLASH_SALE_DECLINED", path=("input", "sale"), detail="the sale is OPEN"
            )
        if key == "reused":
            path = ("input", "idempotencyKey")
            return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
        return answer
