"""Differences as they are followed: in one order, past no open transaction, never silently less."""

from itertools import count

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.difference import DiffClass, FieldClass
from capabilities.adoption.tally import Tally
from capabilities.errors import EventsForgotten, StoreUnavailable
from capabilities.estate import Capability
from capabilities.member.records import Points
from capabilities.places import Place
from gateway.adoption.following import FollowedDifferences
from store.adoption.comparisons import Comparisons
from store.adoption.differences import Differences
from store.adoption.forgetting import Forgetting, Limits
from store.events import rebase_events
from tests.capabilities.adoption.pairs import chance_of, record
from tests.store.adoption.conftest import NOON

MEMBER = Capability.MEMBER
LEGACY = record(chance_of(8), MEMBER)
OTHER = replace(LEGACY, points=Points(available=-1, pending=LEGACY.points.pending))
BEGINNING = Place(0, 0, 0)


@pytest.fixture
def found(owned):
    """Writes so many differences of a pair, as one process would."""
    numbers = count()
    comparisons = Comparisons(owned.store, owned.brand)

    async def written(many, channel="shop", at=NOON):
        tally = Tally(b"secret")
        for _ in range(many):
            subject = Subject(channel, MEMBER, "v1")
            tally.add(compare(subject, str(next(numbers)), LEGACY, OTHER, at))
        await comparisons.keep(*tally.drain())

    return written


@pytest.fixture
def followed(owned):
    return FollowedDifferences(owned.store, owned.brand, poll_seconds=0.01, page=3)


async def take(following, many):
    return [await anext(following) for _ in range(many)]


async def test_a_difference_is_told_as_it_was_settled(owned, found):
    await found(1)
    read = await Differences(owned.store, owned.brand).after("shop", MEMBER, BEGINNING, 9)
    (only,) = read.differences
    assert (only.channel_code, only.capability, only.field) == ("shop", MEMBER, "points.available")
    assert (only.klass, only.of, only.critical) == (DiffClass.MISMATCH, FieldClass.POINTS, True)
    assert (only.at, only.version, only.more) == (NOON, "v1", 0)
    assert len(only.key) == len(only.legacy_hash) == len(only.platform_hash) == 32
    assert only.legacy_hash != only.platform_hash
    assert "".join(map(str, (only.legacy, only.platform))).strip("-9") == ""


async def test_who_goes_on_is_told_each_once_and_of_her_pair_alone(found, followed):
    await found(4)
    await found(2, channel="pos")
    await found(4)
    first = followed.follow("shop", MEMBER, BEGINNING)
    told = await take(first, 5)
    await first.aclose()
    again = followed.follow("shop", MEMBER, Place.parse(told[-1].event_id))
    told += await take(again, 3)
    await found(1)
    told += await take(again, 1)
    await again.aclose()
    assert len({one.key for one in told}) == 9
    assert [one.place for one in told] == sorted(one.place for one in told)
    other = followed.follow("pos", MEMBER, BEGINNING)
    assert [one.channel_code for one in await take(other, 2)] == ["pos", "pos"]
    await other.aclose()


async def test_nobody_is_told_past_a_transaction_that_is_open(owned, database, found):
    differences = Differences(owned.store, owned.brand)
    with psycopg.connect(database) as connection:
        connection.execute("SELECT pg_current_xact_id()")
        await found(1)
        read = await differences.after("shop", MEMBER, BEGINNING, 9)
        assert read.differences == []
        connection.rollback()
    read = await differences.after("shop", MEMBER, read.upto, 9)
    assert len(read.differences) == 1


async def test_what_was_forgotten_ends_those_who_would_miss_it_and_no_others(
    owned, found, followed
):
    await found(5)
    reading = followed.follow("shop", MEMBER, BEGINNING)
    behind, *_, ahead = await take(reading, 4)
    await reading.aclose()
    await found(1, channel="pos")
    limits = Limits(samples_from=NOON, minutes_from=NOON, days_from=NOON, most=100, most_told=2)
    await Forgetting(owned.store, owned.brand).beyond(limits)
    going = followed.follow("shop", MEMBER, ahead.place)
    assert len(await take(going, 1)) == 1
    await going.aclose()
    with pytest.raises(EventsForgotten):
        await anext(followed.follow("shop", MEMBER, behind.place))
    other = followed.follow("pos", MEMBER, BEGINNING)
    assert len(await take(other, 1)) == 1
    await other.aclose()


async def test_places_of_a_store_that_was_restored_are_refused(owned, found, followed):
    await found(1)
    (before,) = await take(followed.follow("shop", MEMBER, BEGINNING), 1)
    await owned.store.transaction(rebase_events)
    with pytest.raises(EventsForgotten):
        await anext(followed.follow("shop", MEMBER, before.place))
    era = (await Differences(owned.store, owned.brand).standing("shop", MEMBER)).era
    again = followed.follow("shop", MEMBER, Place(era, 0, 0))
    assert (await take(again, 1))[0].key == before.key
    await again.aclose()


async def test_while_the_store_is_away_nobody_is_told_and_nothing_is_missed(
    owned, found, followed, monkeypatch
):
    await found(1)
    reading = followed.follow("shop", MEMBER, BEGINNING)
    await take(reading, 1)
    right, left = owned.store.rows, [3]

    async def away(*asked):
        if left[0]:
            left[0] -= 1
            raise StoreUnavailable("away")
        return await right(*asked)

    await found(1)
    monkeypatch.setattr(owned.store, "rows", away)
    assert len(await take(reading, 1)) == 1
    assert left == [0]
    await reading.aclose()
