"""Evidence: the last measurement of each fact, with what it depends on."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import text

from capabilities.adoption.evidence import Basis, Evidence, Fact
from capabilities.estate import Capability
from store.adoption.evidence import EvidenceRows
from tests.store.adoption.conftest import NOON

SHOP = ("shop", Capability.MEMBER)
LAG = Evidence(
    fact=Fact.FEED_LAG_P99,
    value=1.5,
    at=NOON,
    sample=200,
    since=NOON - timedelta(hours=1),
    query="changes taken in, by when they happened",
    basis=Basis(schema="s", connector="c", mapping="m"),
    author="system:sync",
)


@pytest.fixture
def rows(owned):
    return EvidenceRows(owned.store, owned.brand)


async def test_what_was_measured_is_read_as_it_was_written(rows):
    drift = Evidence(fact=Fact.DRIFT, value=0, at=NOON)
    await rows.keep(*SHOP, LAG, drift)
    assert await rows.of(*SHOP) == {Fact.FEED_LAG_P99: LAG, Fact.DRIFT: drift}
    assert await rows.of("shop", Capability.ORDER) == {}
    assert await rows.all() == {
        (Capability.MEMBER, "shop"): {Fact.FEED_LAG_P99: LAG, Fact.DRIFT: drift}
    }


async def test_a_newer_measurement_replaces_an_older_and_never_the_reverse(rows):
    newer = replace(LAG, value=2.5, at=NOON + timedelta(minutes=1))
    await rows.keep(*SHOP, newer)
    await rows.keep(*SHOP, LAG)
    assert (await rows.of(*SHOP))[Fact.FEED_LAG_P99] == newer


async def test_a_fact_of_another_version_is_passed_over(rows, store):
    await rows.keep(*SHOP, LAG)
    change = "UPDATE adoption_evidence SET fact = 'of.tomorrow' WHERE brand = :brand"
    await store.rows(text(change), {"brand": rows._brand})
    assert await rows.of(*SHOP) == {}


def test_evidence_holds_while_what_it_depends_on_stands():
    now = Basis(schema="s", connector="c", mapping="m")
    assert LAG.basis.holds(now)
    assert Basis().holds(now)
    for name in ("schema", "connector", "mapping"):
        assert not LAG.basis.holds(replace(now, **{name: "other"}))
        assert replace(LAG.basis, **{name: ""}).holds(replace(now, **{name: "other"}))
