"""What a system says is gone, or what its whole readings miss, ends here and comes back whole."""

import os
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from capabilities.estate import Capability
from capabilities.feed import FeedPage, FeedRow
from capabilities.member.ports import MembershipFeed
from capabilities.syncing import SyncState, SyncVanished
from store.access.audit import Audit
from store.engine import Store
from store.member.echoes import Echoes
from store.owned import Owned
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from store.syncing.streams import Streams
from tests.migrated import migrated
from tests.store.member.taking import BRAND, KEY, Desk, membership
from work.syncing import Syncing
from work.taking import MemberTaker

NOW = datetime(2026, 3, 1, tzinfo=UTC)
_NUMBERS = count()


class Till(MembershipFeed):
    """A system whose rows, and whose words about them, a test sets; None is a soft deletion."""

    def __init__(self, rows, *, told):
        self.rows, self.removed = dict(rows), ()
        self.name = "till"
        self.spec = SimpleNamespace(name="till")
        self.abilities = {MembershipFeed} if told else set()

    def mapping_of(self, _section):
        return "m"

    def membership_changes(self, _position, _since=None):
        return self._pages(whole=False)

    def everything(self, _section, _position, _since=None):
        return self._pages(whole=True)

    async def _pages(self, *, whole):
        rows = tuple(
            FeedRow(key, repr(one).encode()[:16].ljust(16), lambda one=one: one)
            for key, one in self.rows.items()
        )
        yield FeedPage(rows=rows, position="p", done=True, whole=whole, removed=tuple(self.removed))


@pytest.fixture
async def desk(postgres):
    database = migrated(postgres, f"deletions_{os.getpid()}_{next(_NUMBERS)}")
    opened = Store.open(database, deadline_seconds=30)
    yield Desk(opened)
    await opened.aclose()


def people(many, start=0):
    return {
        str(number): membership("till", str(number), phone=f"138{number:08d}")
        for number in range(start, start + many)
    }


async def synced(desk, till, **how):
    sealer = Sealer(b"s" * 32)
    owned = Owned(store=desk.store, brand=BRAND, sealer=sealer, key=KEY, zone=ZoneInfo("UTC"))
    echoes = Echoes(owned, DataKeys(BRAND, sealer), desk.intake)
    takers = {Capability.MEMBER: MemberTaker(desk.intake, echoes, lambda: NOW)}
    return await Syncing(desk.store, Streams(desk.store, BRAND), takers).run(
        till, Capability.MEMBER, **how
    )


async def stands(desk, number):
    (row,) = await desk.store.rows(
        text(
            "SELECT r.status, r.gone_at, l.one_id FROM membership_records r"
            " JOIN membership_links l USING (brand, number, channel) WHERE number = :number"
        ),
        {"number": number},
    )
    return row


@pytest.mark.parametrize("way", ["tombstone", "flag"])
async def test_a_membership_that_its_system_deletes_ends_and_comes_back_as_it_was(desk, way):
    till = Till(people(2), told=True)
    await synced(desk, till)
    before, row = await stands(desk, "1"), till.rows.pop("1")
    await desk.changes()
    if way == "tombstone":
        till.removed = ("1", "nobody")
    else:
        till.rows["1"] = None
    assert (await synced(desk, till)).removed == 1
    ended = await stands(desk, "1")
    assert (ended.status, ended.gone_at, ended.one_id) == ("CLOSED", NOW, before.one_id)
    assert await desk.changes() == {before.one_id}
    (entry,) = await Audit(desk.store, BRAND).page(5)
    assert (entry.action, entry.about) == ("membership.ended", before.one_id)
    assert (await synced(desk, till)).removed == 0, "it is told as often as they like"
    till.rows["1"], till.removed = row, ()
    await synced(desk, till)
    assert await stands(desk, "1") == before
    assert (await stands(desk, "0")).gone_at is None


async def test_what_two_whole_readings_miss_ends(desk):
    till = Till(people(50), told=False)
    await synced(desk, till)
    del till.rows["7"]
    assert (await synced(desk, till)).removed == 0
    assert (await synced(desk, till)).removed == 1
    assert (await stands(desk, "7")).status == "CLOSED"


async def test_a_reading_without_a_great_part_of_the_rows_ends_nothing_and_says_so(desk):
    till = Till(people(100), told=False)
    await synced(desk, till)
    till.rows = people(70)
    for _ in range(3):
        with pytest.raises(SyncVanished):
            await synced(desk, till)
    (stream,) = await Streams(desk.store, BRAND).all()
    assert (stream.state, stream.failure_code) == (SyncState.FAILED, "SYNC_VANISHED")
    assert (await stands(desk, "99")).gone_at is None
    till.rows = people(100)
    assert (await synced(desk, till)).removed == 0, "it is read anew and all is well"
    till.rows = people(70)
    assert (await synced(desk, till, believed=True)).removed == 0
    assert (await synced(desk, till, believed=True)).removed == 30
