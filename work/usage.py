"""Each minute: since when no client was answered by a system, as evidence of its retirement."""

from datetime import timedelta

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.usage.records import USUAL_DAYS
from store.adoption.evidence import EvidenceRows
from store.adoption.standings import Standings
from store.owned import Owned
from store.usage.reports import UsageReports

QUIET = "* * * * *"
_AUTHOR = "system:usage"


async def measure_quiet(owned: Owned) -> None:
    """Write it for every pair that takes part in adoption; nothing before counting began."""
    adopted = await Standings(owned).current()
    at = owned.now()
    since = at.astimezone(owned.zone).date() - timedelta(days=USUAL_DAYS - 1)
    found = await UsageReports(owned.store, owned.brand).quiet(list(adopted.standings), since)
    rows = EvidenceRows(owned.store, owned.brand)
    for one in found:
        evidence = Evidence(
            fact=Fact.LEGACY_UNREAD_SECONDS,
            value=(at - one.since).total_seconds(),
            at=at,
            sample=one.reads,
            since=one.since,
            query=f"reads of clients by the legacy side in {USUAL_DAYS} days, and the last of all",
            author=_AUTHOR,
        )
        await rows.keep(one.channel, one.capability, evidence)
