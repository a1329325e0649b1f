"""Comparisons as a resolver meets them: a report with something of everything."""

from datetime import timedelta
from typing import Any

from capabilities.adoption.comparison_report import (
    ClassCount,
    Comparison,
    FieldCount,
    NamedCount,
    ShownSample,
    TrendPoint,
)
from capabilities.adoption.difference import DiffClass, FieldClass
from capabilities.adoption.expected import ExpectedRule
from capabilities.adoption.history import AdoptionDeclined
from capabilities.estate import Capability
from capabilities.operations import IdempotencyKeyReused
from tests.schema.adoption_shelf import AT as MOMENT

RULE = ExpectedRule(
    id="r1",
    channel="shop",
    capability=Capability.MEMBER,
    field="tier.code",
    klass=DiffClass.MISMATCH,
    pattern="G -> GOLD",
    reason="codes were renamed",
    owner="lin",
    at=MOMENT,
    expires_at=MOMENT + timedelta(days=30),
)
COUNT = NamedCount(name="S1", compared=100, mismatched=1)
POINT = TrendPoint(at=MOMENT, compared=100, mismatched=1)
REPORT = Comparison(
    channel="shop",
    capability=Capability.MEMBER,
    since=MOMENT,
    until=MOMENT,
    compared=100,
    mismatched=1,
    critical=1,
    classes=(ClassCount(klass=DiffClass.MISMATCH, count=1),),
    fields=(
        FieldCount(field="contact.phone", of=FieldClass.PHONE, compared=100, mismatched=1),
        FieldCount(field="tier.code", of=FieldClass.OTHER, compared=100, expected=2),
    ),
    stores=(COUNT,),
    days=(COUNT,),
    versions=(COUNT,),
    trend=(POINT,),
    samples=(
        ShownSample(
            at=MOMENT,
            field="contact.phone",
            klass=DiffClass.MISMATCH,
            store="S1",
            version="1a2b3c4d",
            key="00ff",
            legacy="138****1234",
            platform="139****1234",
            apart="+1",
        ),
    ),
    rules=(RULE,),
)


class ComparisonShelf:
    """Implements `schema.comparison_part.ComparisonPart`."""

    async def report(self, _pair: Any, _days: int) -> Comparison:
        return REPORT

    async def trend(self, _pair: Any, _hours: int) -> Any:
        return (POINT,)

    async def explain(self, _wished: Any, key: str) -> Any:
        match key:
            case "declined":
                return AdoptionDeclined(code="ADOPTION_DIFF_INVALID", path=("input",), detail="no")
            case "reused":
                path = ("input", "idempotencyKey")
                return IdempotencyKeyReused(code="IDEMPOTENCY_KEY_REUSED", path=path)
            case _:
                return RULE
