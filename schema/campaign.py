"""Campaigns 活动 of touches, and what is recorded of a touch."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Union

import msgspec
import strawberry
from strawberry import UNSET

from capabilities.errors import BadInput
from capabilities.lifecycle import campaigns, outcomes
from capabilities.lifecycle.campaigns import CampaignPlan, CampaignState, Paused
from capabilities.lifecycle.outcomes import OutcomeKind
from capabilities.member.consent import ConsentMedium
from capabilities.money import money
from schema.context import Ask
from schema.money import Money
from schema.operation import IdempotencyKeyReused
from schema.restrict import bounded_text, given, optional_text
from schema.scalars import CurrencyCode
from schema.user_error import UserError
from schema.view import asked, plain, view


@view(campaigns.Campaign)
class Campaign:
    """A campaign: the touches of one rule go out under it."""

    name: str = plain("Its name.")
    rule: str = plain("Name of the touches that go out under it.")
    sender: str = plain("Who sends.")
    media: list[ConsentMedium] = plain("By which ways, in the order in which they are tried.")
    state: CampaignState = plain("Where it is.")
    why: Paused | None = plain("Why it is paused.")
    hold_out_percent: int = plain("How many of a hundred members are left alone, to compare with.")
    window_days: int = plain("Within how many days a purchase is counted.")
    spent: Money = plain("What its touches cost so far.")
    cost_cap: Money | None = plain("What they may cost in all; it pauses when it meets this.")
    author: str = plain("Subject of who wrote it down.")
    created_at: datetime = plain("When.")
    started_at: datetime | None = plain("When it was first started.")
    changed_at: datetime = plain("When it was last changed.")


@view(campaigns.CampaignDeclined)
class CampaignDeclined(UserError):
    """There is no such campaign, or it cannot do that now; nothing was done."""

    valid: list[str] = plain("Names of what could have been meant, or of what is missing.")


@view(outcomes.OutcomeRecorded)
class TouchOutcomeRecorded:
    """What came of a touch is kept."""

    touch_id: strawberry.ID = plain("The touch.")
    kind: OutcomeKind = plain("What came of it.")
    again: bool = plain("Whether it was known before.")


@view(outcomes.TouchOutcomeDeclined)
class TouchOutcomeDeclined(UserError):
    """There is no such touch; nothing was recorded."""


CampaignResult = Annotated[
    Union[Campaign, CampaignDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("CampaignResult", description="What became of a change of a campaign."),
]
TouchOutcomeResult = Annotated[
    Union[TouchOutcomeRecorded, TouchOutcomeDeclined, IdempotencyKeyReused],  # noqa: UP007 - a union type of the contract
    strawberry.union("TouchOutcomeResult", description="What became of an outcome."),
]
_KEY = "Key of this one wish: the same key again answers what it did the first time."


@strawberry.input(description="One way to reach members, with its words.")
class CampaignWayInput:
    """Medium, words and cost."""

    medium: ConsentMedium = strawberry.field(description="By which medium.")
    template: str = strawberry.field(description="Name of its words.")
    cost: Decimal | None = strawberry.field(default=UNSET, description="What one touch costs.")


@strawberry.input(description="A cap of touches to one member, of all campaigns together.")
class CampaignCapInput:
    """So many within so many days."""

    touches: int = strawberry.field(description="At most so many.")
    days: int = strawberry.field(description="Within so many days.")


@strawberry.input(description="A campaign to be written down; what is absent has its default.")
class CreateCampaignInput:
    """The contract's form of `CampaignPlan`."""

    name: str = strawberry.field(description="Its name: lower-case letters, digits, `_`, `-`.")
    rule: str = strawberry.field(description="Name of the touches that go out under it.")
    sender: str = strawberry.field(description="Who sends.")
    ways: list[CampaignWayInput] = strawberry.field(description="1 to 5, the first choice first.")
    language: str | None = strawberry.field(default=UNSET, description="Of its words: zh-CN.")
    hold_out_percent: int | None = strawberry.field(default=UNSET, description="0 to 50; 10.")
    quiet_from: str | None = strawberry.field(default=UNSET, description="Local time: 21:00.")
    quiet_until: str | None = strawberry.field(default=UNSET, description="Local time: 09:00.")
    caps: list[CampaignCapInput] | None = strawberry.field(
        default=UNSET, description="At most 5; 1 in 7 days and 3 in 30 days where absent."
    )
    currency: CurrencyCode | None = strawberry.field(default=UNSET, description="CNY.")
    touch_cap: Decimal | None = strawberry.field(
        default=UNSET, description="What one touch may cost."
    )
    cost_cap: Decimal | None = strawberry.field(
        default=UNSET, description="What all touches may cost; then it pauses."
    )
    window_days: int | None = strawberry.field(
        default=UNSET, description="Within how many days a purchase is counted: 30."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="A campaign that is to be started or paused.")
class CampaignChangeInput:
    """Which one."""

    name: str = strawberry.field(description="Its name.")
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.input(description="What came of a touch.")
class RecordTouchOutcomeInput:
    """Which touch, and what."""

    touch_id: strawberry.ID = strawberry.field(description="The touch, as its sender knows it.")
    kind: OutcomeKind = strawberry.field(description="What came of it.")
    at: datetime = strawberry.field(description="When.")
    score: int | None = strawberry.field(default=UNSET, description="Of a survey: 0 to 100.")
    reference: str | None = strawberry.field(
        default=UNSET, description="The teller's own number of it."
    )
    idempotency_key: strawberry.ID = strawberry.field(description=_KEY)


@strawberry.type
class CampaignMutations:
    """What can be done with campaigns and touches."""

    @asked(CampaignResult | None)
    @staticmethod
    async def create_campaign(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            CreateCampaignInput, strawberry.argument(description="What it is to do.")
        ],
    ) -> campaigns.CampaignOutcome:
        """Write a campaign 活动 down; it sends nothing until it is started."""
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.lifecycle.create(_plan(input), key)

    @asked(CampaignResult | None)
    @staticmethod
    async def start_campaign(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            CampaignChangeInput, strawberry.argument(description="Which one.")
        ],
    ) -> campaigns.CampaignOutcome:
        """Let a campaign send."""
        named = bounded_text("name", input.name)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.lifecycle.start(named, key)

    @asked(CampaignResult | None)
    @staticmethod
    async def pause_campaign(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            CampaignChangeInput, strawberry.argument(description="Which one.")
        ],
    ) -> campaigns.CampaignOutcome:
        """Let a campaign send no more; what is on its way arrives."""
        named = bounded_text("name", input.name)
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.lifecycle.pause(named, key)

    @asked(TouchOutcomeResult | None)
    @staticmethod
    async def record_touch_outcome(
        info: Ask,
        input: Annotated[  # noqa: A002 - the contract's name
            RecordTouchOutcomeInput, strawberry.argument(description="What came of which touch.")
        ],
    ) -> outcomes.RecordedOutcome:
        """Record what came of a touch 触达, such as the score of a survey."""
        score = given(input.score)
        if score is not None and not 0 <= score <= 100:  # noqa: PLR2004 - a share of a hundred
            raise BadInput("`score` must be between 0 and 100.")
        told = outcomes.TouchOutcome(
            touch_id=bounded_text("touchId", input.touch_id),
            kind=input.kind,
            at=input.at,
            reference=optional_text("reference", input.reference) or "",
            score=score,
        )
        key = bounded_text("idempotencyKey", input.idempotency_key)
        return await info.context.platform.lifecycle.record(told, key)


def _plan(wanted: CreateCampaignInput) -> CampaignPlan:
    """The plan; BadInput names what is out of its bounds."""
    currency = given(wanted.currency) or "CNY"
    facts: dict[str, Any] = {
        "name": wanted.name,
        "rule": wanted.rule,
        "sender": wanted.sender,
        "ways": [_way(one, currency) for one in wanted.ways],
        "language": given(wanted.language),
        "hold_out_percent": given(wanted.hold_out_percent),
        "quiet_from": given(wanted.quiet_from),
        "quiet_until": given(wanted.quiet_until),
        "caps": _caps(given(wanted.caps)),
        "currency": currency,
        "touch_cap": _minor("touchCap", given(wanted.touch_cap), currency),
        "cost_cap": _minor("costCap", given(wanted.cost_cap), currency),
        "window_days": given(wanted.window_days),
    }
    try:
        told = {name: value for name, value in facts.items() if value is not None}
        return msgspec.convert(told, CampaignPlan)
    except msgspec.ValidationError as exc:
        raise BadInput(f"the campaign cannot be written down: {exc}") from None


def _way(way: CampaignWayInput, currency: str) -> dict[str, Any]:
    cost = _minor("ways.cost", given(way.cost), currency) or 0
    return {"medium": way.medium.value, "template": way.template, "cost": cost}


def _caps(caps: Sequence[CampaignCapInput] | None) -> list[dict[str, int]] | None:
    return None if caps is None else [{"touches": one.touches, "days": one.days} for one in caps]


def _minor(name: str, amount: Decimal | None, currency: str) -> int | None:
    if amount is None:
        return None
    try:
        return money(amount, currency).minor
    except ValueError as exc:
        raise BadInput(f"`{name}` is no amount of money.") from exc
