"""The page from which old applications are moved, in a real browser against a real gateway."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace
from pydantic import SecretStr

from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.drift import Drift
from capabilities.adoption.evidence import Evidence, Fact
from capabilities.adoption.expected import Rules
from capabilities.adoption.tally import Tally
from capabilities.caller import Role
from capabilities.estate import Capability
from capabilities.order.commands import OrderedWrite
from capabilities.order.writing import OrderWrite, OrderWriteKind
from gateway.app import create_app
from gateway.auth.tokens import mint
from store.adoption.comparisons import Comparisons
from store.adoption.drifts import Drifts
from store.adoption.evidence import EvidenceRows
from store.engine import Store
from store.keyring import keyring_of
from store.member.conflicts import Conflicts
from store.member.taking import intake_of
from store.order.commands import OrderCommands, order_write
from store.owned import owned_by
from store.privacy.data_keys import DataKeys
from store.sealing import Sealer
from tests.capabilities.adoption.pairs import PLATFORM, chance_of, record
from tests.gateway.serving import BRAND, CONNECTED, KEY, served, settings_for
from tests.migrated import migrated
from tests.node_tools import run_node
from tests.store.member.taking import membership

HOURS = 5
SUBJECT = Subject("jd", Capability.ORDER, "v1", Rules())
PHONES = ("13900008001", "13800008002")
# Enough for the shadow, and too little for anything behind it.
KNOWN = {
    Fact.BACKFILL_DAYS_DIFFER: 0,
    Fact.FEED_LAG_P99: 3,
    Fact.COMPARISONS: 812,
    Fact.MISMATCH_CRITICAL: 4,
}


@pytest.fixture(scope="module")
def settings(tmp_path_factory, postgres, valkey):
    database = migrated(postgres, "adoption")
    asyncio.run(_measured(database))
    return settings_for(
        tmp_path_factory.mktemp("adoption"),
        CONNECTED.replace("{order: jd}", "{order: jd, member: jd}"),
        database_url=SecretStr(database),
        redis_url=SecretStr(valkey.url),
    )


async def _measured(database):
    store = Store.open(database, deadline_seconds=30)
    now = datetime.now(UTC)
    found = [Evidence(fact=fact, value=value, at=now) for fact, value in KNOWN.items()]
    try:
        await EvidenceRows(store, BRAND).keep("jd", Capability.ORDER, *found)
        await _compared(Comparisons(store, BRAND), now)
        await _reconciled(Drifts(store, BRAND), now)
        await _stuck(store, now)
        await _disputed(store, now)
    finally:
        await store.aclose()


async def _reconciled(drifts, now):
    """Three comparisons of everything; what was told again stays told."""
    for days, fields in ((2, {"status": 4, "money": 1}), (1, {"status": 2}), (0, {"status": 1})):
        differing = max(fields.values())
        seen = Drift(compared=900, differing=differing, repaired=differing, fields=fields)
        await drifts.keep("jd", Capability.ORDER, seen, now - timedelta(days=days))


async def _stuck(store, now):
    """A cancellation that its system refused."""
    keys = DataKeys(BRAND, Sealer(b"v" * 32))
    write = OrderWrite(
        kind=OrderWriteKind.CANCEL, reference="c0ffee", channel="jd", number="JD-9001"
    )
    wish = OrderedWrite(
        connector="jd", subject="JD-9001", owner="order:JD-9001", write=write, author="ada"
    )
    await store.transaction(lambda run: order_write(run, keys, BRAND, wish, now))
    commands = OrderCommands(store, BRAND, keys)
    (claimed,) = await commands.claim(now, 60, 1)
    await store.transaction(
        lambda run: commands.dead(run, claimed, "UPSTREAM_REFUSED", now, unsure=False)
    )


async def _disputed(store, now):
    """A member whose phone both sides changed."""
    owned = owned_by(store, BRAND, keyring_of(KEY.encode()), "Asia/Shanghai")
    conflicts = Conflicts(owned, DataKeys(BRAND, owned.sealer))
    ours, theirs = (membership("jd", "8001", phone=one) for one in PHONES)

    async def work(run):
        await intake_of(owned).take(run, [ours], at=now)
        await conflicts.found_in(run, theirs, {"phone"}, now)

    await store.transaction(work)


async def _differing(settings, until):
    """A pair whose store differs, again and again."""
    store = Store.open(settings.database_url.get_secret_value(), deadline_seconds=30)
    comparisons = Comparisons(store, BRAND)
    try:
        for turn in count():
            at = datetime.now(UTC)
            tally = Tally(b"a secret of the tests")
            tally.add(compare(SUBJECT, f"live-{turn}", *_apart(), at))
            await comparisons.keep(*tally.drain())
            if await asyncio.to_thread(until.wait, 0.5):
                return
    finally:
        await store.aclose()


@pytest.fixture
def differing(settings):
    """Somebody finds differences while the test runs."""
    until = threading.Event()
    finder = threading.Thread(target=lambda: asyncio.run(_differing(settings, until)))
    finder.start()
    yield
    until.set()
    finder.join()


def _apart():
    order = record(chance_of(1), Capability.ORDER)
    return order, replace(order, source=PLATFORM, store_code="M0009")


async def _compared(comparisons, now):
    """Forty equal pairs an hour, and lately one whose store differs."""
    order = record(chance_of(1), Capability.ORDER)
    same = replace(order, source=PLATFORM)
    other = replace(same, store_code="M0009")
    tally = Tally(b"a secret of the tests")
    for hour in range(HOURS):
        at = now - timedelta(hours=hour)
        for number in range(40):
            differs = hour == 0 and number == 0
            tally.add(compare(SUBJECT, f"{hour}-{number}", order, other if differs else same, at))
    await comparisons.keep(*tally.drain())


@pytest.fixture(scope="module")
def url(settings):
    with served(create_app(settings)) as (host, port):
        yield f"http://{host}:{port}"


def test_the_page_comes_under_the_strict_policy(url):
    page = httpx.get(f"{url}/adoption", timeout=60)
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "monaco" not in page.text, "it needs no editor"


@pytest.mark.browser
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("differing")
def test_a_person_moves_a_capability_from_its_page(settings, url, tmp_path: Path):
    token = mint(settings, role=Role.ADMIN, brand=BRAND, subject="wang")
    run = run_node("adoption.mjs", json.dumps({"url": url, "wang": token}), tmp_path, seconds=240)
    seen = run.json()
    assert seen["problems"] == []
    assert seen["matrix"] == [["jd/MEMBER", "FEDERATED_READ"], ["jd/ORDER", "FEDERATED_READ"]]
    assert seen["address"] == "#jd/ORDER"
    assert seen["foreseen"] > 1, "what will be refused is said before it is tried"
    refused = seen["refused"]
    assert (refused["code"], refused["gates"]) == ("ADOPTION_GATES", seen["foreseen"])
    assert 1 <= refused["advice"] <= refused["gates"]
    assert seen["history"] == [
        ["FEDERATED_READ", "beside"],
        ["HALTED", "beside"],
        ["SHADOW_READ", "same"],
        ["SHADOW_READ", "up"],
    ]
    assert seen["reasons"] == [
        "ticket 3: they are well again",
        "ticket 3: the shop asks us to stop",
        "ticket 5: the Bund goes first",
        "ticket 1: the copy is complete",
    ], "what was refused left no trace in the history"
    assert seen["meaning"] >= 1
    compared = seen["compared"]
    assert (compared["classes"], compared["differing"]) == (["EQUAL", "MISMATCH"], 1)
    assert len(compared["trend"]) == HOURS
    assert min(compared["trend"]) == compared["trend"][-1], "the line goes up lately"
    assert seen["explained"].startswith("Done: ")
    assert seen["routed"] == {
        "meaning": [
            "Stores that now go first, answered by the platform: M0001, M0002",
            "Testers that now go first, answered by the platform: bund",
            "The legacy system answers amounts; the rest stays as it is.",
        ],
        "told": "Stores: 2 go first · Testers: 1 go first"
        " · the legacy system still answers amounts",
        "open": "M0001\nM0002",
    }
    assert seen["stuck"] == [["DEAD", "UPSTREAM_REFUSED"]]
    assert seen["retried"] == [["QUEUED", None]]
    assert dict(seen["drift"]) == {
        "all records": [4, 2, 1],
        "status": [4, 2, 1],
        "money": [1, 0, 0],
    }
    assert seen["live"], "what was found meanwhile came in by itself"
    assert seen["toHalt"][0] == "京东旗舰店 · Orders (Shadow read)"
    assert (len(seen["toHalt"]), seen["haltBack"]) == (2, True)
    assert seen["haltedAll"] == "halted: 1"
    field, legacy, platform = seen["conflict"]
    assert field == "phone"
    assert not {legacy, platform} & set(PHONES), "neither is shown in the clear"
    assert legacy != platform
    assert seen["decided"] == "Done: Keep the value of the platform"
    assert (seen["clipped"], seen["back"]) == (False, "jd/ORDER")
    assert seen["narrow"]["clipped"] is False
    assert seen["narrow"]["heading"] == "京东旗舰店 · 订单"
    assert seen["narrow"]["background"] != "rgb(246, 246, 248)", "it is dark"
    assert run.status == 0
    assert {path.name for path in tmp_path.glob("*.png")} == {
        f"adoption-{name}.png"
        for name in (
            *("refused", "compared", "live", "writes", "halt-all", "drawer", "conflict"),
            *("narrow", "narrow-drawer"),
        )
    }
