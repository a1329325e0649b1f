"""One real report of the data's quality."""

from datetime import UTC, datetime

from capabilities.member.quality import (
    ConflictCount,
    ConsentCount,
    CoverageCount,
    DataQuality,
    DuplicateCount,
    PhoneCount,
    PointsDrift,
)

QUALITY = DataQuality(
    measured_at=datetime(2026, 11, 27, tzinfo=UTC),
    people=800,
    memberships=1000,
    joined=200,
    aliases=3,
    candidates=4,
    duplicates=(DuplicateCount(rule="PHONE", identities=190, memberships=390),),
    conflicts=(ConflictCount(rule="CARD_NO", identities=1, people=2),),
    phones=(PhoneCount(connector="pos", reason="MASKED", memberships=10),),
    coverage=(CoverageCount(channel="store", orders=400, attributed=300),),
    drifts=(
        PointsDrift(
            programme="club",
            measured_at=datetime(2026, 11, 27, tzinfo=UTC),
            memberships=100,
            equal=90,
            told=1000,
            reckoned=1010,
            largest=7,
        ),
    ),
    consents=(ConsentCount(medium="SMS", answered=80, reachable=60),),
)


class QualityShelf:
    """Answers with it."""

    async def data_quality(self):
        return QUALITY
