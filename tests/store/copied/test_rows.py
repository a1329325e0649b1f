"""The copy: every batch once and whole, rows by key, by what they show, and in the one order."""

import asyncio
import random
from datetime import UTC, date, datetime

import psycopg
import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.copied import BadRow, CopiedAsk, CopiedBatch, CopiedRow, OutOfTurn
from capabilities.page import SortKey
from store.copied.rows import CopiedRows
from store.copied.seals import Seals
from store.privacy.tombstones import Grave, Tombstones
from store.sealing import Sealer

BRAND, TILL = "baiwei", "till"
PHONE = "+8613912345678"
DAY = date(2026, 10, 20)


@pytest.fixture
def copied(store):
    return CopiedRows(
        store, Seals(BRAND, Sealer(b"s" * 32), b"h" * 32, Tombstones.under(BRAND, b"h" * 32))
    )


def row(key, moment=0, channel="store", **facts):
    given = {"body": f'{{"id":"{key}"}}', "mapping": "m1", "store": "M0001", "line": 1, **facts}
    place = None if channel is None else SortKey(moment, channel, key)
    return CopiedRow(section="orders", key=key, place=place, **given)


def batch(sequence, *rows, content=None, **facts):
    given = {"feeder": "m0001", "stream": "sales", "lines": len(rows), **facts}
    text = content or f"content-{sequence}"
    return CopiedBatch(connector=TILL, sequence=sequence, content=text, rows=rows, **given)


def asked(**facts):
    given = {"channels": ["store"], "newest_first": True, "limit": 50, "mapping": "m1", **facts}
    return CopiedAsk(section="orders", **given)


async def keys_of(copied, **facts):
    found = await copied.rows(TILL, asked(**facts))
    return [body[7:-2] for body in found.bodies]


async def test_a_batch_is_taken_once_and_answered_alike_ever_after(copied):
    first = batch(1, row("a"), row("b"), bad=[BadRow(line=3, reason="no JSON")], lines=3)
    receipt = await copied.accept(first)
    assert (receipt.sequence, receipt.accepted, receipt.quarantined) == (1, 2, 1)
    again = await copied.accept(first)
    assert again == replace(receipt, again=True)
    (state,) = await copied.states(TILL)
    assert (state.sequence, state.batches, state.lines, state.quarantined) == (1, 1, 3, 1)
    (bad,) = await copied.quarantined(TILL, 10)
    assert (bad.line, bad.reason, bad.sequence) == (3, "no JSON", 1)


async def test_a_gap_and_a_used_sequence_say_what_is_wanted(copied):
    await copied.accept(batch(1, row("a"), last_key="17"))
    assert await copied.accept(batch(3, row("c"))) == OutOfTurn(wanted=2, last_key="17")
    other = batch(1, row("z"), content="other")
    assert await copied.accept(other) == OutOfTurn(wanted=2, last_key="17", taken=True)
    assert await keys_of(copied) == ["a"]


async def test_many_at_once_of_one_batch_have_one_effect(copied):
    receipts = await asyncio.gather(*(copied.accept(batch(1, row("a"))) for _ in range(8)))
    assert sorted(one.again for one in receipts) == [False] + [True] * 7
    (state,) = await copied.states(TILL)
    assert state.batches == 1


async def test_a_batch_that_fails_half_way_leaves_nothing(copied, database):
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE copied_quarantine ADD CHECK (line < 10)")
    bad = batch(1, row("a"), bad=[BadRow(line=10, reason="late")])
    with pytest.raises(Exception, match="check"):
        await copied.accept(bad)
    assert await keys_of(copied) == []
    assert await copied.states(TILL) == []
    assert (await copied.accept(batch(1, row("a")))).accepted == 1


async def test_a_row_that_comes_again_replaces_the_one_that_stands(copied):
    await copied.accept(batch(1, row("a", 1, identities=(("PHONE", PHONE),))))
    await copied.accept(batch(2, row("a", 2, body='{"id":"new"}')))
    assert (await copied.by_keys(TILL, "orders", "m1", ["a", "b"])).bodies == ['{"id":"new"}']
    assert (await copied.by_identity(TILL, "orders", "m1", "PHONE", [PHONE])).bodies == []


async def test_a_row_of_another_stores_key_goes_to_quarantine(copied):
    await copied.accept(batch(1, row("a", store="M0001"), stores=frozenset({"M0001"})))
    theirs = row("a", store="M0002", body='{"id":"forged"}', line=4)
    receipt = await copied.accept(
        batch(1, theirs, feeder="m0002", stores=frozenset({"M0002"}), content="x")
    )
    assert (receipt.accepted, receipt.quarantined) == (0, 1)
    assert (await copied.by_keys(TILL, "orders", "m1", ["a"])).bodies == ['{"id":"a"}']
    assert (await copied.quarantined(TILL, 1))[0].line == 4


async def test_a_file_is_known_again_by_its_content_store_and_day(copied):
    facts = {"store": "M0001", "day": DAY, "content": "same", "feeder": "drop"}
    assert (await copied.accept(batch(None, row("a"), **facts))).sequence == 1
    assert (await copied.accept(batch(None, row("a"), **facts))).again
    other = await copied.accept(batch(None, row("b"), **{**facts, "store": "M0002"}))
    assert (other.sequence, other.again) == (2, False)
    assert await copied.days(TILL, "sales", DAY) == [("M0001", DAY), ("M0002", DAY)]


async def test_a_corrected_day_takes_away_what_it_does_not_bring(copied):
    facts = {"store": "M0001", "day": DAY, "replaces": True, "sections": ["orders"]}
    await copied.accept(batch(1, row("a", day=DAY), row("b", day=DAY), row("old"), **facts))
    await copied.accept(batch(2, row("b", day=DAY), row("c", day=DAY), **facts))
    assert sorted(await keys_of(copied)) == ["b", "c", "old"]


async def test_days_of_rows_are_known_by_store(copied):
    later = date(2026, 10, 22)
    rows = [row("a", day=DAY), row("b", day=DAY), row("c", day=later), row("d", store="M0002")]
    await copied.accept(batch(1, *rows))
    found = [("M0001", DAY), ("M0001", later)]
    assert await copied.row_days(TILL, "orders", DAY) == found
    assert await copied.row_days(TILL, "orders", later) == found[1:]


async def test_a_named_row_is_removed_and_not_that_of_another_store(copied):
    await copied.accept(batch(1, row("a"), row("b", store="M0009")))
    gone = batch(2, removed=[("orders", "a"), ("orders", "b")], stores=frozenset({"M0001"}))
    await copied.accept(gone)
    assert await keys_of(copied) == ["b"]


async def test_rows_are_found_by_what_they_show(copied):
    shown = (("PHONE", PHONE), ("CARD_NO", "BW1"))
    await copied.accept(batch(1, row("a", identities=shown), row("b")))
    for kind, value in shown:
        found = await copied.by_identity(TILL, "orders", "m1", kind, [value, "other"])
        assert found.bodies == ['{"id":"a"}']
    assert (await copied.by_identity(TILL, "orders", "m1", "EMAIL", [PHONE])).bodies == []
    assert (await copied.by_identity("other", "orders", "m1", "PHONE", [PHONE])).bodies == []


async def test_a_list_from_any_place_in_both_directions_is_the_one_order(copied):
    luck = random.Random(7)  # noqa: S311 - the same rows each time
    rows = [
        row(f"{luck.randrange(10 ** luck.randrange(1, 5))}", luck.randrange(3), luck.choice("ab"))
        for _ in range(60)
    ]
    rows = list({one.key: one for one in rows}.values())
    await copied.accept(batch(1, *rows, row("0x", channel=None)))
    ordered = sorted(rows, key=lambda one: one.place.rank)
    for newest_first in (True, False):
        whole = ordered if newest_first else ordered[::-1]
        for at in range(0, len(whole), 7):
            after = whole[at].place
            found = await keys_of(
                copied, after=after, newest_first=newest_first, channels=["a", "b"], limit=9
            )
            assert found == [one.key for one in whole[at + 1 : at + 10]]
    nul = replace(ordered[3].place, natural_key=ordered[3].key + "\0z")
    rest = [one.key for one in ordered if one.place.rank > nul.rank]
    assert await keys_of(copied, after=nul, channels=["a", "b"], limit=90) == rest


async def test_a_list_has_a_window_words_and_customers(copied):
    rows = [
        row(
            f"{n:02d}",
            n,
            words=(f"status={'DONE' if n % 2 else 'OPEN'}", f"store={n % 3}"),
            customer=str(n % 4),
        )
        for n in range(24)
    ]
    await copied.accept(batch(1, *rows))
    down = range(23, -1, -1)
    assert await keys_of(copied, since=5, until=9) == ["08", "07", "06", "05"]
    wanted = [["status=DONE"], ["store=0", "store=2"]]
    assert await keys_of(copied, words=wanted) == [
        f"{n:02d}" for n in down if n % 2 and n % 3 in (0, 2)
    ]
    each = await keys_of(copied, customers=["1", "3", "nobody"], limit=2)
    assert each == ["23", "21", "19", "17"]


async def test_nothing_is_answered_while_rows_wait_to_be_mapped_anew(copied):
    await copied.accept(batch(1, row("a", 1), row("b", 2)))
    assert not (await copied.rows(TILL, asked())).outdated
    assert (await copied.rows(TILL, asked(mapping="m2"))).outdated
    assert (await copied.by_keys(TILL, "orders", "m2", ["none"])).outdated

    def mapped(rows):
        return [replace(one, mapping="m2", place=SortKey(9, "app", one.key)) for one in rows]

    assert await copied.remap(TILL, "orders", "m2", mapped) == 2
    assert await copied.remap(TILL, "orders", "m2", mapped) == 0
    assert await keys_of(copied, mapping="m2", channels=["app"]) == ["a", "b"]


async def test_a_copy_is_as_old_as_the_feeder_that_was_silent_longest(copied, database):
    assert await copied.accepted_at(TILL) is None
    await copied.accept(batch(1, row("a")))
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE copied_streams SET accepted_at = '2026-01-01T00:00:00Z'")
    await copied.accept(batch(1, row("b"), feeder="m0002", content="b"))
    assert (await copied.accepted_at(TILL)).date() == date(2026, 1, 1)
    await copied.accept(batch(1, row("c"), stream="people", content="c"))
    newest = {one.feeder: one.accepted_at for one in await copied.states(TILL)}
    assert await copied.accepted_at(TILL) == newest["m0002"]


async def test_nothing_personal_stands_plain_and_bodies_are_forgotten(store, copied, database):
    body = f'{{"phone":"{PHONE}"}}'
    shown = row("a", body=body, identities=(("PHONE", PHONE),), customer=PHONE)
    await copied.accept(batch(1, shown, raw=body.encode()))
    with psycopg.connect(database) as connection:
        told = "".join(
            str([bytes(c) if isinstance(c, memoryview) else c for c in line])
            for table in ("copied_rows", "copied_identities", "copied_batches")
            for line in connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own names
        )
        assert "13912345678" not in told
        count = "SELECT count(*) FROM copied_batches WHERE sealed_raw IS NOT NULL"
        assert connection.execute(count).fetchone() == (1,)
        assert await copied.sweep() == 0
        connection.execute("UPDATE copied_batches SET raw_until = now() - interval '1 s'")
        connection.commit()
        assert await copied.sweep() == 1
        assert connection.execute(count).fetchone() == (0,)


def lin_of(section="memberships", key="7", **facts):
    return replace(row(key), section=section, **facts)


async def buried(store):
    stones = Tombstones.under(BRAND, b"h" * 32)
    phone = stones.identity("PHONE", "+86", PHONE)
    graves = [Grave("customer", stones.customer(TILL, "7")), Grave("identity", phone)]
    await stones.add(store.rows, graves, datetime(2026, 10, 20, tzinfo=UTC))


async def sections(store):
    rows = await store.rows(text("SELECT section, key FROM copied_rows ORDER BY section, key"))
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    "hers",
    [
        lin_of(),
        lin_of("orders", "o1", customer="7"),
        lin_of("coupons", "c1", customer="7"),
        lin_of(key="late", identities=(("PHONE", "139 1234 5678"),)),
        lin_of("orders", "o2", customer="13912345678"),
    ],
)
async def test_what_is_an_erased_persons_is_not_taken_again(copied, store, hers):
    await buried(store)
    others = (lin_of(key="8", identities=(("PHONE", "13800138000"),)), row("o9", customer="8"))
    receipt = await copied.accept(batch(1, hers, *others, raw=b"everything"))
    assert (receipt.accepted, receipt.quarantined) == (2, 0)
    assert await sections(store) == [("memberships", "8"), ("orders", "o9")]
    raw = await store.rows(text("SELECT sealed_raw FROM copied_batches"))
    assert [one.sealed_raw for one in raw] == [None]
    assert await copied.erased(TILL, [hers])
    assert not await copied.erased(TILL, others)


async def test_without_erasures_a_body_is_kept(copied, store):
    await copied.accept(batch(1, lin_of(), raw=b"everything"))
    raw = await store.rows(text("SELECT sealed_raw FROM copied_batches"))
    assert raw[0].sealed_raw is not None


async def test_a_customer_who_is_forgotten_leaves_no_row_and_no_body(copied, store):
    mine = lin_of(identities=(("PHONE", PHONE),)), lin_of("orders", "o1", customer="7")
    others = lin_of(key="8", identities=(("PHONE", PHONE),)), row("7", customer="8")
    await copied.accept(batch(1, *mine, *others, raw=b"everything"))
    assert await copied.forget("another", "7") == 0
    assert await copied.forget(TILL, "7") == 2
    assert await sections(store) == [("memberships", "8"), ("orders", "7")]
    left = await store.rows(text("SELECT key FROM copied_identities"))
    assert [one.key for one in left] == ["8"]
    raw = await store.rows(text("SELECT sealed_raw FROM copied_batches"))
    assert [one.sealed_raw for one in raw] == [None]
