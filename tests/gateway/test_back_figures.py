"""Figures of the back door: as the store has them, asked seldom, and old ones say their age."""

from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry

from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from capabilities.member.quality import PointsDrift
from capabilities.syncing import Stream, SyncState
from gateway.back_figures import BackFigures
from store.operating.standing import Stands, Waiting

AGO = datetime.now(UTC) - timedelta(seconds=90)
STANDS = Stands(
    streams=[
        Stream(
            connector="crm",
            capability=Capability.MEMBER,
            state=SyncState.FAILED,
            began_at=AGO,
            moved_at=AGO + timedelta(seconds=2),
            ended_at=AGO,
            read=100,
            removed=3,
        )
    ],
    consumers=[Waiting(of="lifecycle", count=7, oldest=AGO)],
    commands=[Waiting(of="order", state="DEAD", count=2, oldest=AGO)],
    touches=[Waiting(of="touch", state="PLANNED", count=5)],
    payments=[Waiting(of="payment", state="LATE", count=2)],
    drifts=[
        PointsDrift(
            programme="club",
            measured_at=AGO,
            memberships=100,
            equal=90,
            told=1010,
            reckoned=1000,
            largest=7,
        )
    ],
)


class Asked:
    def __init__(self):
        self.times, self.away, self.now = 0, False, 100.0
        self.registry = CollectorRegistry()
        self.figures = BackFigures(self.registry, clock=lambda: self.now)

    async def read(self):
        self.times += 1
        if self.away:
            raise StoreUnavailable("away")
        return STANDS

    async def value(self, name, **labels):
        await self.figures.look(self.read)
        return self.registry.get_sample_value(name, labels)


async def test_what_waits_is_told_with_its_age():
    asked = Asked()
    stream = {"connector": "crm", "kind": "members"}
    assert await asked.value("santong_events_behind", consumer="lifecycle") == 7
    assert await asked.value("santong_events_behind_seconds", consumer="lifecycle") >= 90
    assert await asked.value("santong_commands", of="order", state="DEAD") == 2
    assert await asked.value("santong_touches", state="PLANNED") == 5
    assert await asked.value("santong_payments_open", outcome="LATE") == 2
    assert await asked.value("santong_points_drift", programme="club") == -10
    assert await asked.value("santong_points_drifting_memberships", programme="club") == 10
    assert await asked.value("santong_points_drift_age_seconds", programme="club") >= 90
    assert await asked.value("santong_sync_state", **stream, state="FAILED") == 1
    assert await asked.value("santong_sync_state", **stream, state="DONE") == 0
    assert await asked.value("santong_sync_rows", **stream, outcome="gone") == 3
    assert await asked.value("santong_sync_rows_per_second", **stream) == 50
    assert await asked.value("santong_sync_last_success_seconds", **stream) >= 90
    assert asked.times == 1, "scrapers of a moment share one look"


async def test_while_the_store_is_away_the_last_figures_stand_and_say_how_old_they_are():
    asked = Asked()
    asked.away = True
    assert await asked.value("santong_touches", state="PLANNED") is None
    asked.away = False
    assert await asked.value("santong_touches", state="PLANNED") == 5
    asked.away, asked.now = True, asked.now + 60
    assert await asked.value("santong_touches", state="PLANNED") == 5
    assert await asked.value("santong_back_read_age_seconds") == 60
