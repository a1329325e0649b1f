"""One pair of channel and capability, declined or used twice as its key says."""

from datetime import UTC, date, datetime
from typing import Any

from msgspec.structs import replace

from capabilities.adoption.cohort import Cohorts
from capabilities.adoption.difference import DiffClass
from capabilities.adoption.differing import Difference
from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.history import AdoptionDeclined, AdoptionStep
from capabilities.adoption.moves import Action
from capabilities.adoption.shown import Adoption, AdoptionMoved, AdoptionsHalted
from capabilities.adoption.standing import ConflictPolicy, implicit
from capabilities.adoption.states import AdoptionState, Side
from capabilities.adoption.verdict import Gate, Verdict
from capabilities.estate import Capability
from capabilities.operations import IdempotencyKeyReused
from capabilities.places import Place

AT = datetime(2026, 11, 11, 4, tzinfo=UTC)
GATE = Gate(
    name="compared-for",
    required="7 d, here 20 s",
    observed="21 s",
    ok=True,
    shortened="7 d, here 20 s",
    measured_at=AT,
)
STANDING = replace(
    implicit("shop", Capability.MEMBER),
    state=AdoptionState.SHADOW_READ,
    from_state=AdoptionState.FEDERATED_READ,
    cohorts=Cohorts(
        stores=frozenset({"s1"}), members=frozenset({"m1"}), labels=frozenset({"tester"})
    ),
    fields={"points": Side.LEGACY},
    conflict_policy=ConflictPolicy.QUEUE,
    version=3,
    review_on=date(2027, 1, 1),
    changed_at=AT,
    author="ada",
    reason="it is time",
)
PAIR = Adoption(
    standing=replace(STANDING, fields={}),
    next=Verdict(target=AdoptionState.CANARY_READ, profile="demo", gates=(GATE,)),
    owner="Ms Li",
    evidence_at=AT,
)
LAGGING = replace(PAIR, standing=replace(STANDING, state=AdoptionState.CANARY_READ))
STEP = AdoptionStep(
    channel="shop",
    capability=Capability.MEMBER,
    version=3,
    action=Action.PROMOTE,
    from_state=AdoptionState.FEDERATED_READ,
    state=AdoptionState.SHADOW_READ,
    frozen=False,
    read_points=0,
    write_points=0,
    cohorts=Cohorts(),
    fields={},
    conflict_policy=None,
    review_on=None,
    author="ada",
    role="ADMIN",
    reason="it is time",
    profile="demo",
    gates=(GATE,),
    at=AT,
)
LAG = Evidence(fact=Fact.FEED_LAG_P99, value=1.5, at=AT, sample=9, since=AT, query="changes")

DIFFERENCE = Difference(
    place=Place(0, 7, 1),
    at=AT,
    channel_code="shop",
    capability=Capability.MEMBER,
    field="points.available",
    klass=DiffClass.MISMATCH,
    store="M0001",
    version="4b1f90c2",
    key="0a",
    legacy_hash="0b",
    platform_hash="0c",
    legacy="99",
    platform="98",
    apart="-1",
    more=3,
)


class AdoptionShelf:
    """Implements `schema.adoption_part.AdoptionPart`."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    async def all(self, profile: str) -> Any:
        self.asked.append(("all", profile))
        return [PAIR, LAGGING]

    async def one(self, *asked: Any) -> Any:
        self.asked.append(("one", *asked))
        return PAIR

    async def history(self, pair: Adoption) -> Any:
        self.asked.append(("history", pair.channel_code))
        return [STEP]

    async def evidence(self, pair: Adoption) -> Any:
        self.asked.append(("evidence", pair.channel_code))
        return [LAG]

    async def to_halt(self, *asked: Any) -> Any:
        self.asked.append(("to_halt", *asked))
        return [PAIR]

    async def halt_all(self, wish: Any) -> Any:
        self.asked.append(("halt_all", wish))
        moved = await self.__getattr__("halt")(wish)
        return AdoptionsHalted((PAIR,)) if isinstance(moved, AdoptionMoved) else moved

    def __getattr__(self, name: str) -> Any:
        async def answer(wish: Any, *asked: Any) -> Any:
            self.asked.append((name, wish, *asked))
            if wish.key == "declined":
                failing = replace(GATE, ok=False)
                return AdoptionDeclined(
                    code="ADOPTION_GATES", path=("input",), detail="not met", gates=(failing,)
                )
            if wish.key == "reused":
                path = ("input", "idempotencyKey")
                return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
            return AdoptionMoved(PAIR)

        return answer
