import asyncio
import tempfile

import httpx
import psycopg
import pytest

from demo.faults import SECRET, FaultOrder, Faults, Tally
from demo.pos.proxy import DATABASE_MODES, Proxy


@pytest.fixture(scope="module")
def upstream(postgres):
    postgres.create_database("behind")
    return postgres.dsn("behind"), f"{postgres.socket_directory}/.s.PGSQL.{postgres.port}"


@pytest.fixture
async def proxy(upstream, tmp_path):
    """(faults, tally, address through the proxy)."""
    dsn, socket = upstream
    faults, tally = Faults(DATABASE_MODES), Tally()
    with tempfile.TemporaryDirectory() as place:  # a socket's path must be short
        listener = f"{place}/.s.PGSQL.5432"
        async with Proxy(listener, socket, faults, tally).running():
            through = psycopg.conninfo.make_conninfo(dsn, host=place, port=5432)
            yield faults, tally, through


async def _ask(address, timeout_=5.0):
    async with asyncio.timeout(timeout_):
        async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
            return await (await connection.execute("SELECT 40 + %s", (2,))).fetchone()


async def test_it_relays(proxy):
    _, tally, address = proxy
    assert await _ask(address) == (42,)
    assert tally.total == 1
    assert tally.by_path == {"connect": 1, "ask": 1}


@pytest.mark.parametrize("mode", ["error", "error500", "xml_error"])
async def test_error(proxy, mode):
    faults, _, address = proxy
    faults.switch(FaultOrder(mode))
    with pytest.raises(psycopg.errors.InternalError_, match="demo-leaked-secret"):
        await _ask(address)
    assert "demo-leaked-secret" in SECRET
    faults.switch(FaultOrder("none"))
    assert await _ask(address) == (42,)


async def test_an_error_leaves_the_connection_usable(proxy):
    faults, _, address = proxy
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        for prepare in (False, True):
            faults.switch(FaultOrder("error"))
            with pytest.raises(psycopg.errors.InternalError_):
                await connection.execute("SELECT %s", (1,), prepare=prepare)
            faults.switch(FaultOrder("none"))
            answer = await connection.execute("SELECT %s", (1,), prepare=prepare)
            assert await answer.fetchone() == (1,)


@pytest.mark.parametrize("mode", ["hang", "timeout"])
async def test_hang(proxy, mode):
    faults, _, address = proxy
    faults.switch(FaultOrder(mode))
    with pytest.raises(TimeoutError):
        await _ask(address, 0.3)
    faults.switch(FaultOrder("none"))
    assert await _ask(address) == (42,)


async def test_an_open_connection_hangs_and_goes_on(proxy):
    faults, _, address = proxy
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        faults.switch(FaultOrder("hang"))
        asking = asyncio.ensure_future(connection.execute("SELECT 1"))
        done, _ = await asyncio.wait({asking}, timeout=0.3)
        assert not done
        faults.switch(FaultOrder("none"))
        assert await (await asking).fetchone() == (1,)


@pytest.mark.parametrize("mode", ["refuse", "cut", "truncated", "garbage", "html200"])
async def test_modes_that_break_the_connection(proxy, mode):
    faults, _, address = proxy
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        faults.switch(FaultOrder(mode))
        with pytest.raises(psycopg.DatabaseError):
            await connection.execute("SELECT 1")
    with pytest.raises(psycopg.DatabaseError):
        await _ask(address)
    faults.switch(FaultOrder("none"))
    assert await _ask(address) == (42,)


async def test_flap_fails_every_other_question(proxy):
    faults, _, address = proxy
    async with await psycopg.AsyncConnection.connect(address, autocommit=True) as connection:
        faults.switch(FaultOrder("flap"))
        for parameters in (None, (1,), (2,)):
            statement = "SELECT %s" if parameters else "SELECT 1"
            with pytest.raises(psycopg.errors.InternalError_):
                await connection.execute(statement, parameters)
            answer = await connection.execute(statement, parameters)
            assert await answer.fetchone() == (parameters or (1,))


async def test_slow(proxy, monkeypatch):
    faults, _, address = proxy
    monkeypatch.setattr("demo.pos.proxy.SLOW_SECONDS", 0.4)
    faults.switch(FaultOrder("slow"))
    with pytest.raises(TimeoutError):
        await _ask(address, 0.2)
    assert await _ask(address) == (42,)


async def test_no_connection_stays_upstream(proxy, upstream):
    _, _, address = proxy
    for _ in range(5):
        await _ask(address)
    assert await asyncio.to_thread(_left_alone, upstream[0])


def _left_alone(address):
    """Whether we soon are the only one who is connected there."""
    gone = "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = 'behind'"
    with psycopg.connect(address, autocommit=True) as direct:
        for _ in range(100):
            if direct.execute(gone).fetchone() == (True,):
                return True
            direct.execute("SELECT pg_sleep(0.05), pg_stat_clear_snapshot()")
    return False


def test_as_a_process_with_a_control_port(upstream, spawn, tmp_path):
    dsn, socket = upstream
    with tempfile.TemporaryDirectory() as place:
        listener = f"{place}/.s.PGSQL.5432"
        control = spawn(
            "demo.pos", "proxy", "--listen", listener, "--upstream", socket, "--control-port", "0"
        )
        address = psycopg.conninfo.make_conninfo(dsn, host=place, port=5432)
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        with httpx.Client(base_url=control) as client:
            assert client.get("/__control/requests").json()["total"] == 1
            client.post("/__control/fault", json={"mode": "refuse"})
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(address)
            wrong = client.post("/__control/fault", json={"mode": "fire"})
            assert "hang, cut, error" in wrong.json()["error"]
            client.post("/__control/reset")
            assert client.get("/__control/requests").json()["total"] == 0


async def test_a_crowd_leaves_room_in_the_database(proxy, upstream):
    _, tally, address = proxy
    crowd = [asyncio.create_task(psycopg.AsyncConnection.connect(address)) for _ in range(60)]
    counted = "SELECT count(*) - 1 FROM pg_stat_activity WHERE datname = 'behind'"
    async with await psycopg.AsyncConnection.connect(upstream[0], autocommit=True) as beside:
        async with asyncio.timeout(20):
            while min(tally.total, 20 + sum(map(asyncio.Task.done, crowd))) < 60:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        (here,) = await (await beside.execute(counted)).fetchone()
    assert here == 40
    for task in crowd:  # each that leaves makes room for another
        await (await task).close()
