import asyncio
import os
import signal
import time

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import text

from capabilities.errors import StoreUnavailable
from gateway.embedded import EmbeddedPostgres
from store.address import driver_url
from store.engine import Store

_ONE = text("SELECT 1")


@pytest.fixture
def own_postgres(tmp_path):
    with EmbeddedPostgres.start(tmp_path) as server:
        yield server


async def _until(condition, within):
    async with asyncio.timeout(within):
        while not await condition():  # noqa: ASYNC110  # another process is awaited
            await asyncio.sleep(0.02)


async def _answers(store):
    try:
        await store.rows(_ONE)
    except StoreUnavailable:
        return False
    return True


async def test_it_opens_and_closes_while_postgres_is_away(tmp_path):
    store = Store.open(f"postgresql://santong@/none?host={tmp_path}")
    assert await store.ping() is False
    with pytest.raises(StoreUnavailable) as caught:
        await store.rows(_ONE)
    assert caught.value.__cause__ is not None
    assert caught.value.retryable
    assert str(tmp_path) not in caught.value.message
    await store.aclose()


async def test_an_error_does_not_hold_what_was_asked(store):
    secret = "13912345678"
    with pytest.raises(errors.DivisionByZero) as caught:
        await store.rows(text("SELECT :phone, 1 / :zero"), {"phone": secret, "zero": 0})
    assert secret not in str(caught.value)


async def test_a_wrong_statement_is_no_absence(store):
    with pytest.raises(errors.UndefinedColumn):
        await store.rows(text("SELECT no_such_column"))
    assert not store.away
    assert await store.ping()


async def test_what_is_read_behind_a_lock_is_what_was_committed_before(database):
    default = "-c default_transaction_isolation=serializable"
    url = driver_url(database).update_query_dict({"options": default})
    store = Store.open(url.render_as_string(hide_password=False), connections=1)
    shown = text("SHOW transaction_isolation")
    for _ in range(2):
        rows = await store.transaction(lambda run: run(shown, {}))
        assert rows[0].transaction_isolation == "read committed"
        assert (await store.rows(shown))[0].transaction_isolation == "read committed"
    await store.aclose()


async def test_a_connection_that_was_closed_while_it_rested_costs_nobody_an_answer(database):
    store = Store.open(database, deadline_seconds=30, connections=1)
    ((pid,),) = await store.rows(text("SELECT pg_backend_pid()"))
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as other:
        await other.execute("SELECT pg_terminate_backend(%s, 30000)", (pid,))
    assert await _answers(store)
    assert not store.away
    await store.aclose()


async def test_a_pooler_that_keeps_nothing_prepared_is_asked_without(database):
    """Its next session knows nothing of what was prepared in the one before."""
    store = Store.open(database, deadline_seconds=30, connections=1)
    plus, left = text("SELECT 1 + :n AS sum"), text("SELECT count(*) FROM pg_prepared_statements")
    another_session = text("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")

    async def added(run):
        return (await run(plus, {"n": 2}))[0].sum

    for _ in range(8):
        await store.rows(plus, {"n": 1})
    assert (await store.rows(left))[0][0] == 1
    await store.rows(another_session)
    assert (await store.rows(plus, {"n": 2}))[0].sum == 3
    for _ in range(8):
        assert await store.transaction(added) == 3
    assert (await store.rows(left))[0][0] == 0
    assert not store.away
    await store.aclose()


async def test_a_transaction_that_meets_such_a_pooler_is_refused_once(database):
    store = Store.open(database, deadline_seconds=30, connections=1)
    plus = text("SELECT 1 + :n AS sum")

    async def added(run):
        return (await run(plus, {"n": 2}))[0].sum

    for _ in range(8):
        await store.transaction(added)
    await store.rows(text("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$"))
    with pytest.raises(StoreUnavailable) as caught:
        await store.transaction(added)
    assert caught.value.retryable
    assert not store.away
    assert await store.transaction(added) == 3
    await store.aclose()


async def test_a_slow_statement_ends_at_the_deadline_and_leaves_nothing(database):
    store = Store.open(database, deadline_seconds=0.2, connections=1)
    await store.rows(_ONE)
    started = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await store.rows(text("SELECT pg_sleep(30)"))
    assert time.monotonic() - started < 5
    await _until(lambda: _answers(store), within=5)
    assert not store.away
    sleeping = text("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%'")
    # the question finds itself
    assert (await store.rows(sleeping))[0][0] == 1
    await store.aclose()


async def test_a_cancelled_caller_takes_nobody_along(database):
    store = Store.open(database, connections=1)
    await store.rows(_ONE)
    caller = asyncio.create_task(store.rows(text("SELECT pg_sleep(30)")))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    await _until(lambda: _answers(store), within=5)
    await store.aclose()


async def test_stopped_and_started_under_load(own_postgres, tmp_path):
    url = own_postgres.create_database("load")
    store = Store.open(url)
    outcomes: list[tuple[bool, float]] = []
    stop = asyncio.Event()

    async def caller():
        while not stop.is_set():
            started = time.monotonic()
            answered = await _answers(store)
            outcomes.append((answered, time.monotonic() - started))
            await asyncio.sleep(0.005)

    async def away():
        return not await _answers(store)

    callers = [asyncio.create_task(caller()) for _ in range(8)]
    await _until(lambda: _answers(store), within=5)
    os.kill(own_postgres.process.pid, signal.SIGQUIT)
    await asyncio.to_thread(own_postgres.stop)
    await _until(away, within=2)
    assert store.away
    while_away = len(outcomes)
    await asyncio.sleep(0.5)
    assert all(answered is False for answered, _ in outcomes[while_away:])
    assert max(took for _, took in outcomes[while_away:]) < 0.9
    with EmbeddedPostgres.start(tmp_path):
        await _until(lambda: _answers(store), within=10)
        back = len(outcomes)
        await _until(_after(outcomes, back + 50), within=5)
        stop.set()
        await asyncio.gather(*callers)
        assert all(answered for answered, _ in outcomes[back + 8 :])
        await store.aclose()
    assert max(took for _, took in outcomes) < 4


def _after(outcomes, count):
    async def reached():
        return len(outcomes) >= count

    return reached


async def test_a_server_that_hangs_costs_one_deadline_and_then_nothing(own_postgres):
    store = Store.open(own_postgres.create_database("hang"), deadline_seconds=0.3, connections=2)
    ((backend,),) = await store.rows(text("SELECT pg_backend_pid()"))
    frozen = [own_postgres.process.pid, backend]
    try:
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        started = time.monotonic()
        assert not await _answers(store)
        assert time.monotonic() - started < 3

        async def refused():
            return store.away

        await _until(refused, within=3)
        started = time.monotonic()
        assert not await _answers(store)
        assert time.monotonic() - started < 0.25
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    await _until(lambda: _answers(store), within=10)
    await store.aclose()


async def test_a_pool_that_is_taken_is_no_absence(database):
    store = Store.open(database, deadline_seconds=0.3, connections=1)
    await store.rows(_ONE)
    assert await store.ping()
    crowd = [asyncio.create_task(store.rows(text("SELECT pg_sleep(0.25)"))) for _ in range(20)]
    await asyncio.sleep(0)
    assert await store.ping()
    await asyncio.gather(*crowd, return_exceptions=True)
    assert not store.away
    await store.aclose()


async def test_a_transaction_takes_effect_as_a_whole_or_not_at_all(database):
    store = Store.open(database)
    put = text("INSERT INTO state_versions VALUES ('b', :part, 1, now())")

    async def broken(run):
        await run(put, {"part": "one"})
        raise LookupError

    async def whole(run):
        await run(put, {"part": "two"})
        return len(await run(text("SELECT part FROM state_versions"), {}))

    with pytest.raises(LookupError):
        await store.transaction(broken)
    assert await store.transaction(whole) == 1
    assert len(await store.rows(text("SELECT part FROM state_versions"))) == 1
    await store.aclose()


async def test_a_transaction_that_takes_too_long_is_refused_and_leaves_nothing(database):
    store = Store.open(database, deadline_seconds=0.3)

    async def slow(run):
        await run(text("INSERT INTO state_versions VALUES ('b', 'slow', 1, now())"), {})
        await run(text("SELECT pg_sleep(5)"), {})

    with pytest.raises(StoreUnavailable):
        await store.transaction(slow)
    assert await store.rows(text("SELECT part FROM state_versions")) == []
    await store.aclose()


async def test_a_migration_beside_a_process_that_has_planned_its_statements(database):
    statement = text("SELECT * FROM widened WHERE id = CAST(:id AS bigint)")
    store = Store.open(database, deadline_seconds=30, connections=3)

    async def asked(at_once):
        # three at once, so that each connection plans it
        return await asyncio.gather(*(store.rows(statement, {"id": 1}) for _ in range(at_once)))

    with psycopg.connect(database, autocommit=True) as operator:
        operator.execute("CREATE TABLE widened (id bigint)")
        try:
            for _ in range(10):
                await asked(3)
            operator.execute("ALTER TABLE widened ADD COLUMN one text")
            await asked(9)
            for _ in range(10):
                await asked(3)
            operator.execute("ALTER TABLE widened ADD COLUMN two text")
            with pytest.raises(StoreUnavailable):
                await store.transaction(lambda run: run(statement, {"id": 1}))
            assert not store.away
            for _ in range(6):
                await store.transaction(lambda run: run(statement, {"id": 1}))
        finally:
            operator.execute("DROP TABLE widened")
            await store.aclose()


async def test_a_store_without_its_tables_says_what_to_run(store):
    with pytest.raises(StoreUnavailable, match="santong migrate"):
        await store.rows(text("SELECT 1 FROM no_such_table"))
    assert not store.away
