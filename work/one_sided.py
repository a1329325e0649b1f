"""The watch over writes that one side has and the other has not: late ones raise an alarm."""

from datetime import timedelta

import structlog

from capabilities.adoption.evidence import Evidence, Fact
from capabilities.estate import Capability
from store.adoption.evidence import EvidenceRows
from store.adoption.outbox import Outbox
from store.owned import Owned

_log = structlog.get_logger("work")
WATCH_WRITES = "* * * * *"
_LATE = timedelta(minutes=5)


async def watch_writes(owned: Owned) -> None:
    """A line in the log for each channel with a write that is late or waits for a person.

    The figures are in `santong_adoption_writes_pending`; for the gates they are evidence.
    """
    outbox, evidence = Outbox(owned.store, owned.brand), EvidenceRows(owned.store, owned.brand)
    now = owned.now()
    for left in await outbox.all():
        late = left.oldest is not None and now - left.oldest > _LATE
        if left.dead or late:
            _log.error(
                "writes are stuck on one side",
                channel=left.channel,
                waiting=left.waiting,
                dead=left.dead,
                oldest=None if left.oldest is None else left.oldest.isoformat(),
            )
        ours = await outbox.undrained(left.channel)
        said = "writes that its system has not"
        fact = Evidence(
            fact=Fact.UNDRAINED, value=ours.count, at=now, sample=ours.count, query=said
        )
        await evidence.keep(left.channel, Capability.MEMBER, fact)
