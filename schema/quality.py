"""The data's quality: counts of what was joined, what contradicts, and what is missing."""

from datetime import datetime

import strawberry

from capabilities.member import quality
from schema.context import Ask
from schema.view import asked, plain, view


@view(quality.DuplicateCount)
class DuplicateCount:
    """Memberships that a rule joins: identities of one kind that several of them show."""

    rule: str = plain("The kind of identity, such as PHONE.")
    identities: int = plain("How many identities several memberships of one person show.")
    memberships: int = plain("How many memberships show them.")


@view(quality.ConflictCount)
class ConflictCount:
    """Identities of one kind that memberships of different people show."""

    rule: str = plain("The kind of identity, such as PHONE.")
    identities: int = plain("How many identities different people show.")
    people: int = plain("How many people show them.")


@view(quality.PhoneCount)
class PhoneCount:
    """Memberships whose phone joins nobody."""

    connector: str = plain("The connector that they came from.")
    reason: str = plain("MISSING, MASKED, VIRTUAL, BLOCKED, UNVERIFIED or INVALID.")
    memberships: int = plain("How many they are.")


@view(quality.CoverageCount)
class CoverageCount:
    """Orders of a channel, and how many of them belong to a person."""

    channel_code: str = plain("The channel.", name="channelCode")
    orders: int = plain("Orders that the platform keeps.")
    attributed: int = plain("Those of them that belong to a person.")
    share: float | None = plain("The attributed part, between 0 and 1; null without an order.")


@view(quality.ConsentCount)
class ConsentCount:
    """Answers of people for marketing by one way."""

    medium: str = plain("The way.")
    answered: int = plain("People who answered for it.")
    reachable: int = plain("People whom it may reach now.")


@view(quality.PointsDrift)
class PointsDrift:
    """Points of a programme that another system decides, beside what the orders would give."""

    programme: str = plain("Code of the programme.")
    measured_at: datetime = plain("When it was measured; `santong work` does it each night.")
    memberships: int = plain("Memberships whose balance the system tells.")
    equal: int = plain("Those of them whose balance is the reckoned one.")
    share: float | None = plain("Their part, between 0 and 1; null without a membership.")
    told: int = plain("Points of all of them as the system tells.")
    reckoned: int = plain("Points of all of them as the platform reckons.")
    drift: int = plain("By how much the reckoning is above; below zero it is beneath.")
    largest: int = plain("The largest difference of one membership.")


@view(quality.DataQuality)
class DataQuality:
    """How good the data of members is; counts alone, over all channels."""

    measured_at: datetime = plain("When it was counted.")
    people: int = plain("People.")
    memberships: int = plain("Memberships, each of one person.")
    joined: int = plain("People who have several memberships.")
    aliases: int = plain("Ids that were merged into others.")
    candidates: int = plain("Pairs that wait for somebody's decision.")
    orders: int = plain("Orders of all channels.")
    attributed: int = plain("Orders that belong to a person.")
    order_coverage: float | None = plain("Their part, between 0 and 1; null without an order.")
    consent_coverage: float | None = plain(
        "The part of the people who answered for marketing, by the way that most answered for."
    )
    duplicates: list[DuplicateCount] = plain("What was joined, by rule.")
    conflicts: list[ConflictCount] = plain("What contradicts, by rule.")
    phones: list[PhoneCount] = plain("Phones that join nobody, by connector and reason.")
    coverage: list[CoverageCount] = plain("Orders by channel.")
    consents: list[ConsentCount] = plain("Answers for marketing, by way.")
    drifts: list[PointsDrift] = plain("Points beside the reckoning, by mirrored programme.")


@strawberry.type
class QualityQueries:
    """What may be asked of the data's quality."""

    @asked(DataQuality | None)
    @staticmethod
    async def data_quality(info: Ask) -> quality.DataQuality:
        """How good the data of members is, counted now."""
        return await info.context.platform.quality.data_quality()
