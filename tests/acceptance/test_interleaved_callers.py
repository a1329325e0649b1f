"""Interleaved callers with different rights: whatever is shared, no answer crosses."""

import asyncio
import os
from contextlib import asynccontextmanager
from functools import partial
from itertools import count

import pytest

from gateway import starting
from gateway.app import create_app
from store import engine, keyring
from store.engine import Store
from store.product.products_file import import_products
from tests.acceptance.interleaved import planted, questions
from tests.acceptance.interleaved.callers import CALLERS
from tests.acceptance.interleaved.checking import Crossed
from tests.acceptance.interleaved.driving import asking, drive, over_http, prepare, settle
from tests.acceptance.interleaved.mix import PAGES, Mix
from tests.acceptance.interleaved.mutants import MUTANTS
from tests.acceptance.interleaved.systems import ESTATE, open_system
from tests.gateway.serving import served, settings_for
from tests.migrated import migrated

# graphql-core leaves coroutines unawaited where a null climbs over them.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
CALLS = int(os.environ.get("INTERLEAVED_CALLS", "30000"))
_DATABASES = count()


@pytest.fixture
def settings(tmp_path, postgres, valkey):
    database = migrated(postgres, f"interleaved_{next(_DATABASES)}")
    products, codes = tmp_path / "products.csv", tmp_path / "crosswalk.csv"
    products.write_text(
        "sku,name,brand,category_path,barcodes,unit,launched_at,discontinued_at\n"
        + "".join(f"BW-{one},shirt {one},,,,,,\n" for one in range(planted.SKUS)),
        encoding="utf-8",
    )
    codes.write_text("system,connector,kind,code,sku,valid_from,valid_to\n", encoding="utf-8")
    import_products(database, products, codes, brand=planted.BRAND)
    return settings_for(
        tmp_path,
        ESTATE,
        database_url=database,
        redis_url=valkey.url,
        max_rows=questions.MAX_ROWS,
        document_cache_size=12,
        request_deadline_ms=60_000,
        # Six callers ask for everybody, over and over.
        lookups_per_10_minutes=1_000_000,
        lookups_per_day=1_000_000,
        log_level="ERROR",
    )


@pytest.fixture
def systems(monkeypatch):
    """The systems in force, by name."""
    opened = {}

    async def opener(spec, *_, **__):
        return opened.setdefault(spec.name, open_system(spec.name, len(opened)))

    monkeypatch.setattr(starting, "open_connector", opener)
    monkeypatch.setattr(keyring, "derived", lambda *_: questions.KEY)
    # A store that this machine is too busy for is no crossing.
    monkeypatch.setattr(starting.Store, "open", partial(Store.open, deadline_seconds=60.0))
    monkeypatch.setattr(engine, "_CANCEL_SECONDS", 60.0)
    return opened


def _authorization(settings):
    return {one.name: one.authorization(settings) for one in CALLERS}


@asynccontextmanager
async def _ready(settings, *, seed):
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        ask = asking(app, _authorization(settings))
        places = await prepare(ask, PAGES, range(planted.PEOPLE))
        before = asyncio.all_tasks()
        yield ask, iter(Mix(seed, places))
        await _quiet(before)


async def _quiet(before):
    """Nothing goes on for callers that have their answer or have left."""
    async with asyncio.timeout(60):
        while asyncio.all_tasks() - before:  # noqa: ASYNC110 - of tasks that nobody else knows
            await asyncio.sleep(0.01)


@pytest.mark.suite
@pytest.mark.timeout(1_800)
async def test_no_answer_crosses_between_interleaved_callers(settings, systems):
    async with _ready(settings, seed=1) as (ask, calls):
        answered = await drive(ask, calls, CALLS, at_once=64)
    assert answered > CALLS * 0.9


@asynccontextmanager
async def _served(settings, *, seed):
    with served(create_app(settings)) as (host, port):
        address = f"http://{host}:{port}"
        async with over_http(address, _authorization(settings), connections=32) as ask:
            places = await prepare(ask, PAGES, range(planted.PEOPLE))
            yield ask, iter(Mix(seed, places))
            await settle(ask)


@pytest.mark.suite
@pytest.mark.timeout(600)
async def test_no_answer_crosses_over_real_http(settings, systems):
    count = CALLS // 20
    async with _served(settings, seed=2) as (ask, calls):
        answered = await drive(ask, calls, count, at_once=32)
    assert answered > count * 0.9


@pytest.mark.suite
@pytest.mark.parametrize("mutant", MUTANTS)
async def test_a_defect_that_lets_answers_cross_is_found(settings, systems, monkeypatch, mutant):
    MUTANTS[mutant](monkeypatch)
    soon = settings.model_copy(update={"request_deadline_ms": 5_000})
    async with _ready(soon, seed=3) as (ask, calls):
        with pytest.raises(Crossed):
            await drive(ask, calls, 4_000, at_once=64)
