"""The audit trail: only added to, in one chain, and every change of a byte is found."""

import asyncio

import psycopg
import pytest
from msgspec.structs import replace

from capabilities.audit import AuditFilter, AuditHead, Entry
from store.access.audit import Audit, audited

SEEN = Entry(
    action="member.unmasked",
    actor="ada",
    role="SERVICE",
    about="m-1",
    reason="ticket 7",
    facts={"fields": "phone", "count": 1},
)


@pytest.fixture
def audit(store):
    return Audit(store, "baiwei")


async def test_an_entry_is_kept_with_its_moment_and_its_place(audit):
    await audit.record(SEEN)
    await audit.record(replace(SEEN, about="m-2"), replace(SEEN, actor="bob"))
    found = await audit.page(10)
    assert [(one.number, one.actor, one.about) for one in found] == [
        (3, "bob", "m-1"),
        (2, "ada", "m-2"),
        (1, "ada", "m-1"),
    ]
    assert (found[2].reason, found[2].facts) == ("ticket 7", '{"count":1,"fields":"phone"}')
    assert await audit.verify() is None
    assert (await audit.head()).number == 3


async def test_a_page_is_cut_by_who_and_about_whom(audit):
    for about, actor in (("a", "ada"), ("b", "bob"), ("a", "bob")):
        await audit.record(replace(SEEN, about=about, actor=actor))
    assert [one.number for one in await audit.page(10, AuditFilter(about="a"))] == [3, 1]
    assert [one.number for one in await audit.page(10, AuditFilter(actor="bob"), 3)] == [2]
    assert [one.number for one in await audit.page(1, place=1, backward=True)] == [2]
    assert await audit.page(10, AuditFilter(action="member.merged")) == []


async def test_what_fails_leaves_no_entry(audit, store):
    async def work(run):
        await audited(run, "baiwei", SEEN)
        raise LookupError

    with pytest.raises(LookupError):
        await store.transaction(work)
    assert await audit.page(10) == []
    assert await audit.verify() is None


async def test_many_at_once_make_one_chain(audit):
    await asyncio.gather(*(audit.record(SEEN, SEEN) for _ in range(20)))
    assert (await audit.head()).number == 40
    assert await audit.verify() is None


async def test_a_brand_has_a_chain_of_its_own(audit, store):
    await audit.record(SEEN)
    other = Audit(store, "other")
    assert await other.page(10) == []
    await other.record(SEEN)
    assert (await other.head()).number == 1
    assert (await other.head()).hash != (await audit.head()).hash


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET reason = ''",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "DELETE FROM audit_heads",
        "UPDATE audit_heads SET number = 0",
    ],
)
async def test_nothing_is_changed_nor_removed(audit, database, statement):
    await audit.record(SEEN)
    with (
        psycopg.connect(database) as connection,
        pytest.raises(psycopg.errors.RaiseException, match="never changed nor removed"),
    ):
        connection.execute(statement)


def behind_the_triggers(database, *statements):
    with psycopg.connect(database) as connection:
        connection.execute("SET session_replication_role = replica")
        for one in statements:
            connection.execute(one)


# One byte of each column, an entry less, the end cut off with and without its head.
@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE audit_entries SET at = at + interval '1 us' WHERE number = 2", 2),
        ("UPDATE audit_entries SET action = 'member.unmaskef' WHERE number = 2", 2),
        ("UPDATE audit_entries SET actor = 'adb' WHERE number = 2", 2),
        ("UPDATE audit_entries SET role = 'SERVICF' WHERE number = 2", 2),
        ("UPDATE audit_entries SET about = 'm-2' WHERE number = 2", 2),
        ("UPDATE audit_entries SET reason = 'ticket 8' WHERE number = 2", 2),
        ("UPDATE audit_entries SET reason = NULL WHERE number = 2", 2),
        ("UPDATE audit_entries SET facts = replace(facts, '1', '2') WHERE number = 2", 2),
        ("UPDATE audit_entries SET hash = set_byte(hash, 0, 7) WHERE number = 2", 2),
        ("DELETE FROM audit_entries WHERE number = 2", 2),
        ("DELETE FROM audit_entries WHERE number = 3", 3),
        ("UPDATE audit_heads SET hash = set_byte(hash, 0, 7)", 4),
    ],
)
async def test_a_change_of_one_byte_is_found(audit, database, statement, number):
    await audit.record(SEEN, SEEN, SEEN)
    assert await audit.verify() is None
    behind_the_triggers(database, statement)
    fault = await audit.verify()
    assert fault is not None
    assert fault.number == number


async def test_a_chain_that_was_made_anew_is_found_by_a_head_from_before(audit, database):
    await audit.record(SEEN, SEEN)
    before = await audit.head()
    assert await audit.verify(before) is None
    behind_the_triggers(database, "DELETE FROM audit_entries", "DELETE FROM audit_heads")
    await audit.record(replace(SEEN, actor="eve"))
    assert await audit.verify() is None
    assert (await audit.verify(before)).told == "the chain is shorter than it was"
    await audit.record(SEEN)
    assert (await audit.verify(before)).number == 2
    assert await audit.verify(AuditHead(2, (await audit.head()).hash)) is None
