"""Changes over several systems that are stuck, as administrators meet them in graph and shell."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from capabilities.caller import Caller, Role, Visibility
from capabilities.errors import Forbidden, SantongError
from capabilities.operations import IdempotencyKeyReused
from capabilities.order.commands import OrderedWrite
from capabilities.order.sagas import SagaDeclined, SagaDiscarded, SagaState, SagaStep
from capabilities.order.writing import OrderWrite, OrderWriteKind
from gateway.cli import app
from gateway.platform.order_sagas import CallersSagas
from store.engine import Store
from store.keyring import keyring_of
from store.order.sagas import Sagas
from store.owned import owned_by
from store.privacy.data_keys import DataKeys, owner_of_order
from tests.migrated import migrated

KEY = "k" * 48
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
_STUCK = text("UPDATE order_sagas SET state = 'STUCK' WHERE brand = :brand AND id = :saga")
_OVER = text("UPDATE order_commands SET state = 'DONE' WHERE brand = :brand")


@pytest.fixture
def database(postgres):
    return migrated(postgres, "order_sagas_asked")


@pytest.fixture
async def owned(database):
    store = Store.open(database, deadline_seconds=60)
    yield owned_by(store, f"b{uuid4().hex[:8]}", keyring_of(KEY.encode()), "Asia/Shanghai")
    await store.aclose()


async def stuck(owned):
    """A saga whose first step is done, and cannot be taken back by anybody."""
    write = OrderWrite(kind=OrderWriteKind.PLACE, reference=uuid4().hex, channel="till")
    do = OrderedWrite(
        connector="till",
        subject=write.reference,
        owner=owner_of_order("till", write.reference),
        write=write,
        author="ada",
    )
    sagas = Sagas(owned.store, owned.brand, DataKeys(owned.brand, owned.sealer))
    saga = await owned.store.transaction(
        lambda run: sagas.begin(run, [SagaStep(do=do)], "ada", NOON)
    )
    await owned.store.rows(_OVER, {"brand": owned.brand})
    await owned.store.rows(_STUCK, {"brand": owned.brand, "saga": saga})
    return saga


def books(owned, **sees):
    visibility = Visibility(role=Role.ADMIN, brand=owned.brand, **sees)
    return CallersSagas(owned, Caller(subject="adm-1", visibility=visibility))


async def test_one_is_given_up_once_for_its_key(owned):
    saga, ask = await stuck(owned), books(owned)
    (one,) = await ask.stuck()
    assert (one.saga, one.state, one.waits_for) == (saga, SagaState.STUCK, None)
    done = await ask.discard(saga, "seen at the till, 13900001234", "k1")
    assert isinstance(done, SagaDiscarded)
    assert done.saga.state is SagaState.UNDONE
    assert await ask.discard(saga, "seen at the till, 13900001234", "k1") == done
    assert isinstance(await ask.discard(saga, "another", "k1"), IdempotencyKeyReused)
    gone = await ask.discard(saga, "again", "k2")
    assert (type(gone), gone.code) == (SagaDeclined, "SAGA_UNKNOWN")
    assert list(await ask.stuck()) == []
    told = await owned.store.rows(
        text("SELECT actor, reason FROM audit_entries WHERE brand = :b"), {"b": owned.brand}
    )
    assert [tuple(row) for row in told] == [("adm-1", "seen at the till, ***")]


@pytest.mark.parametrize("bound", [{"channels": frozenset({"till"})}, {"stores": frozenset({"S"})}])
async def test_who_is_bound_to_a_part_of_the_brand_ends_none(owned, bound):
    saga, ask = await stuck(owned), books(owned, **bound)
    with pytest.raises(Forbidden):
        await ask.stuck()
    with pytest.raises(Forbidden):
        await ask.discard(saga, "why", "k1")


async def test_it_is_listed_and_given_up_in_a_shell(owned, database, tmp_path, monkeypatch):
    saga = await stuck(owned)
    estate = f"brand: {owned.brand}\nchannels: []\nconnectors: []\n"
    (tmp_path / "estate.yaml").write_text(estate, "utf-8")
    monkeypatch.setenv("SANTONG_DATABASE_URL", database)
    monkeypatch.setenv("SANTONG_SECRET_KEY", KEY)
    monkeypatch.setenv("SANTONG_ESTATE", str(tmp_path / "estate.yaml"))
    monkeypatch.setenv("SANTONG_HOME", str(tmp_path))

    def santong(*words):
        return asyncio.to_thread(CliRunner().invoke, app, ["saga", *words])

    shown = await santong("list")
    assert (shown.exit_code, saga[:8] in shown.output) == (1, True)
    done = await santong("discard", saga, "--reason", "seen at the till")
    assert (done.exit_code, done.output) == (0, f"{saga}: UNDONE\n")
    again = await santong("discard", saga, "--reason", "seen at the till")
    assert isinstance(again.exception, SantongError)
    assert again.exception.code == "SAGA_UNKNOWN"
    assert (await santong("list")).exit_code == 0
