"""The doctor's report as evidence of the channels that a connector answers for."""

import secrets

import msgspec
import pytest

from capabilities.adoption.evidence import Fact
from capabilities.errors import StoreUnavailable
from capabilities.estate import Capability, ConnectorSpec
from connectors.basis import basis_of
from connectors.doctor import Finding, Report, Verdict, proved
from gateway.cli.doctor_evidence import keep_report
from store.adoption.evidence import EvidenceRows
from store.engine import Store
from tests.migrated import migrated
from tests.store.adoption.conftest import NOON

MEMBER, ORDER = Capability.MEMBER, Capability.ORDER


class Shop:
    digest = "1"
    capabilities = frozenset({MEMBER})
    spec = ConnectorSpec(
        name="woo",
        system="woocommerce",
        channels={MEMBER: {"a": "app", "b": "shop"}, ORDER: {"*": "shop"}},
    )


def report(*verdicts):
    findings = tuple(Finding(check="words", verdict=one, told="x") for one in verdicts)
    return Report(connector="woo", system="woocommerce", findings=findings, calls=7, seconds=1.0)


@pytest.mark.parametrize(
    ("verdicts", "value"),
    [((Verdict.GOOD, Verdict.NOTICE), 1.0), ((Verdict.GOOD, Verdict.WRONG), 0.0)],
)
async def test_a_report_is_evidence_of_each_channel(postgres, verdicts, value):
    store = Store.open(migrated(postgres, f"doctor_{secrets.token_hex(4)}"), deadline_seconds=30)
    rows = EvidenceRows(store, "baiwei")
    await keep_report(rows, Shop(), report(*verdicts))
    for channel in ("app", "shop"):
        found = (await rows.of(channel, MEMBER))[Fact.CONTRACT_PASSED]
        assert (found.value, found.sample, found.basis) == (value, 7, basis_of(Shop(), MEMBER))
    assert await rows.of("shop", ORDER) == {}
    await store.aclose()


@pytest.mark.parametrize(
    ("finding", "members", "orders"),
    [
        ({"section": "orders"}, 1, 0),
        ({"section": "stores"}, 1, 0),
        ({"section": "memberships"}, 0, 1),
        ({"section": None}, 0, 0),
        ({"section": "orders", "answered": False}, 1, None),
        ({"section": None, "answered": False}, None, None),
    ],
)
def test_what_is_wrong_counts_where_it_is_and_a_silent_system_breaks_nothing(
    finding, members, orders
):
    wrong = Finding(check="sample", verdict=Verdict.WRONG, told="13900001234", **finding)
    good = Finding(check="words", verdict=Verdict.GOOD, told="x", section="memberships")
    whole = msgspec.structs.replace(report(), findings=(good, wrong))
    both = Shop()
    both.capabilities = frozenset({MEMBER, ORDER})
    found = proved(both, whole, NOON, "ada", "santong connector doctor")
    values = {kind: found[kind].value if kind in found else None for kind in (MEMBER, ORDER)}
    assert values == {MEMBER: members, ORDER: orders}
    for one in found.values():
        assert "13900001234" not in one.query
        if one.value == 0:
            assert "findings wrong: sample" in one.query


async def test_without_the_store_the_report_is_shown_all_the_same(tmp_path):
    store = Store.open(f"postgresql://santong@/none?host={tmp_path}")
    rows = EvidenceRows(store, "baiwei")
    with pytest.raises(StoreUnavailable):
        await rows.of("shop", MEMBER)
    assert await keep_report(rows, Shop(), report(Verdict.GOOD)) is None  # it raises nothing
    await store.aclose()
