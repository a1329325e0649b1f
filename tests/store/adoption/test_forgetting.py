"""What was compared is forgotten in time: by pair, and a few rows at a time."""

from datetime import timedelta

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.tally import Batch, Tally
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability
from capabilities.member.records import Points, Tier
from store.adoption.comparisons import Comparisons
from store.adoption.forgetting import Forgetting, Limits
from tests.capabilities.adoption.pairs import chance_of, record
from tests.store.adoption.conftest import NOON

MEMBER = Capability.MEMBER
LEGACY = replace(record(chance_of(2), MEMBER), tier=Tier(code="G"))
TABLES = ("samples", "minutes", "comparisons", "differences", "writers")
LIMITS = Limits(
    samples_from=NOON - timedelta(days=4),
    minutes_from=NOON - timedelta(days=3),
    days_from=NOON - timedelta(days=5),
    most=6,
    most_told=9,
)


@pytest.fixture
def differ(owned):
    """Writes that points, and the tier as well, of so many members differ at a moment."""

    async def written(many, days, channel="shop"):
        at = NOON - timedelta(days=days)
        tally, subject = Tally(b"secret"), Subject(channel, MEMBER, "v1")
        points = Points(available=-1 - days, pending=LEGACY.points.pending)
        other = replace(LEGACY, points=points, tier=Tier(code=f"T{days}"))
        for number in range(many):
            tally.add(compare(subject, f"{days}-{number}", LEGACY, other, at))
        batch = Batch(f"{channel} {days}", 1, at)
        await Comparisons(owned.store, owned.brand).keep(*tally.drain(), batch=batch)

    return written


@pytest.fixture
def kept(owned, database):
    """How many rows of each table there are of a brand, and of the samples which days."""

    def found(channel="shop"):
        with psycopg.connect(database) as connection:
            counts = {}
            for table in TABLES:
                column = "split_part(writer, ' ', 1)" if table == "writers" else "channel"
                (counts[table],) = connection.execute(
                    f"SELECT count(*) FROM adoption_{table} WHERE brand = %s AND {column} = %s",  # noqa: S608 - our own
                    (owned.brand, channel),
                ).fetchone()
            days = connection.execute(
                "SELECT DISTINCT extract(day FROM at - %s)::int FROM adoption_samples "
                "WHERE brand = %s AND channel = %s ORDER BY 1",
                (NOON, owned.brand, channel),
            ).fetchall()
        return counts, [-day for (day,) in days][::-1]

    return found


async def test_what_is_old_is_forgotten_and_of_the_rest_the_newest_stay(owned, differ, kept):
    for days in range(11, -1, -1):
        await differ(2, days)
    await differ(1, 3, channel="pos")
    await differ(1, 8, channel="till")
    await Forgetting(owned.store, owned.brand).beyond(LIMITS)
    # Of a day two members differ in two fields each: of each field the samples of three days.
    counts = {"samples": 12, "minutes": 4, "comparisons": 18, "differences": 9, "writers": 5}
    assert kept() == (counts, [0, 1, 2])
    counts = {"samples": 2, "minutes": 1, "comparisons": 3, "differences": 2, "writers": 1}
    assert kept("pos") == (counts, [3])
    assert kept("till") == (dict.fromkeys(TABLES, 0), [])


async def test_however_much_there_is_few_rows_go_at_a_time(owned, differ, kept, monkeypatch):
    monkeypatch.setattr("store.adoption.forgetting._AT_A_TIME", 3)
    for days in (9, 8, 7, 1, 0):
        await differ(5, days)
    right, gone = owned.store.rows, []

    async def rows(statement, parameters):
        found = await right(statement, parameters)
        gone.extend(row.count for row in found if "count" in row._fields)
        return found

    monkeypatch.setattr(owned.store, "rows", rows)
    before = sum(kept()[0].values())
    await Forgetting(owned.store, owned.brand).beyond(LIMITS)
    counts, days = kept()
    assert (max(gone), sum(gone)) == (3, before - sum(counts.values()))
    assert (counts["samples"], counts["differences"], days) == (12, 9, [0, 1])


async def test_what_is_forgotten_of_a_pair_stays_so_where_the_next_one_fails(
    owned, differ, kept, monkeypatch
):
    for channel in ("shop", "till"):
        await differ(5, 9, channel=channel)
    right = owned.store.rows

    async def rows(statement, parameters):
        if parameters.get("channel") == "till":
            raise StoreUnavailable("away")
        return await right(statement, parameters)

    monkeypatch.setattr(owned.store, "rows", rows)
    with pytest.raises(StoreUnavailable):
        await Forgetting(owned.store, owned.brand).beyond(LIMITS)
    assert (kept()[0]["samples"], kept("till")[0]["samples"]) == (0, 10)
