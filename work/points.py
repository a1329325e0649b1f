"""Points that move without a caller: orders that changed, and what time alone asks for."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import structlog
from msgspec.structs import asdict

from capabilities.events import Event, Topic
from capabilities.member.quality import PointsDrift
from capabilities.points import ledger
from capabilities.points.records import Account, AccountKey, Told
from store.engine import Run
from store.owned import Owned
from store.points.applying import PolicyLedger
from store.points.drifts import PointsDrifts
from store.points.ledger import Accounts, PointsLedger
from store.points.programme_runs import ProgrammeRuns
from work.consumers import Consumer

_log = structlog.get_logger("work")
# What expired is not spendable at once; the entry that says so may come a little later.
EXPIRY = "*/5 * * * *"
DRIFT = "23 19 * * *"
_SOURCE = "expiry"
_AT_ONCE = 200


def policy_points(owned: Owned) -> Consumer:
    """Moves the points of the memberships whose orders changed."""
    applying = PolicyLedger(owned)

    async def handle(run: Run, events: Sequence[Event]) -> None:
        await applying.orders_changed_in(run, list({one.subject for one in events}))

    return Consumer(name="points", topics=(Topic.ORDER_CHANGED,), handle=handle, most=_AT_ONCE)


async def settle_points(owned: Owned) -> None:
    """Write what expired and what comes back; what was written before is not due any more."""
    points = PointsLedger(owned.store, owned.brand, owned.now)
    at, written = owned.now(), True
    while written and (keys := await points.due(at, _AT_ONCE)):
        done = [await points.change([key], partial(_decide, key)) for key in keys]
        written = any(done)


async def measure_drift(owned: Owned) -> None:
    """Keep and log how far each mirrored programme is from what its system tells."""
    found = await ProgrammeRuns(owned, lambda _done: None).drift()
    at = owned.now()
    measured = [
        PointsDrift(
            programme=one.programme,
            measured_at=at,
            memberships=one.memberships,
            equal=one.equal,
            told=one.told,
            reckoned=one.mirrored,
            largest=one.largest,
        )
        for one in found
    ]
    await PointsDrifts(owned.store, owned.brand).keep(measured)
    for one in found:
        _log.info("points drift", **asdict(one))


def _decide(key: AccountKey, accounts: Accounts, at: datetime) -> list[ledger.Posted]:
    def told(account: Account, why: str) -> Told:
        return Told(
            source=_SOURCE,
            author=_SOURCE,
            idempotency_key=f"{why}#{account.sequence + 1}",
            occurred_at=at,
        )

    return [ledger.due(accounts[key], at, told)]
