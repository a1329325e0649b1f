"""The doctor over every system that ships: sound, cheap, and sharp where something is wrong."""

import json

import pytest
from msgspec.structs import replace

from capabilities.load import Cause, LoadAgreement
from connectors.doctor import Hearing, Verdict, examine
from connectors.doctor.hearing import Clock
from connectors.doctor.manners import clock, latency, rates
from connectors.doctor.patient import Patient
from connectors.doctor.rows import words
from connectors.ports.wanted import Wanted
from gateway.cli.connector_doctor import show_report
from tests.connectors.conformance.retailer import LIN

_MOST_CALLS = 120


async def examined(subject, rows=20, change=None):
    hearing = Hearing()
    connector = await subject.open(hearing)
    try:
        if change is not None:
            change(connector)
        report = await examine(connector, hearing, rows)
        return connector, report
    finally:
        await connector.aclose()


def verdicts(report, check):
    return {one.section: one.verdict for one in report.findings if one.check == check}


async def test_a_system_that_ships_is_sound(subject, capsys):
    connector, report = await examined(subject)
    wrong = [one.told for one in report.findings if one.verdict is Verdict.WRONG]
    assert (wrong, report.sound) == ([], True)
    reached = bool(subject.faults)  # the platform's copy is asked without a call upstream
    assert reached <= report.calls < _MOST_CALLS
    made = connector.upstream.calls
    assert made[Cause.DOCTOR] + made[Cause.RETRY] == sum(made.values()) >= report.calls
    show_report(connector, report, as_json=True)
    shown = capsys.readouterr().out
    assert json.loads(shown)["sound"] is True
    assert not any(value in shown for value in LIN.values())


@pytest.mark.parametrize("system", ["sap", "woo", "pos"])
async def test_filters_pages_batches_and_words_were_looked_at(subject):
    _, report = await examined(subject)
    for check in ("coverage", "paging", "batches", "words", "sums", "filters"):
        assert verdicts(report, check), check
    assert verdicts(report, "clock") == {
        None: Verdict.NOT_ASKED if subject.name == "pos" else Verdict.GOOD
    }


@pytest.mark.parametrize(
    ("system", "mode", "check"),
    [("sap", "refuse", "reachability"), ("woo", "error500", "reachability"),
     ("sap", "html200", "credentials"), ("pos", "garbage", "reachability")],
)  # fmt: skip
async def test_a_system_that_is_away_or_refuses_is_told_and_nothing_more_is_asked(
    subject, mode, check
):
    subject.fault(mode)
    try:
        _, report = await examined(subject)
    finally:
        subject.fault("none")
    assert verdicts(report, check) == {None: Verdict.WRONG}
    assert not report.sound
    assert report.findings[-1].check == check


def bends(name, method, bent):
    """One method of a section's reader does something else."""

    def change(connector):
        reader = connector._bound[name].reader
        right = getattr(reader, method)

        async def wrong(*args):
            return await bent(right, *args)

        setattr(reader, method, wrong)

    return change


async def ignores_filters(right, wanted: Wanted):
    return await right(replace(wanted, pushed={}, since=None))


async def finds_nothing_by_filter(right, wanted: Wanted):
    batch = await right(wanted)
    return replace(batch, rows=()) if wanted.pushed else batch


async def loses_keys(right, lookup, keys):
    return (await right(lookup, keys))[: 1 if len(keys) > 1 else None]


@pytest.mark.parametrize("system", ["sap"])
@pytest.mark.parametrize(
    ("change", "check", "verdict"),
    [
        (bends("orders", "rows", ignores_filters), "filters", Verdict.NOTICE),
        (bends("orders", "rows", finds_nothing_by_filter), "filters", Verdict.WRONG),
        (bends("orders", "by_keys", loses_keys), "batches", Verdict.WRONG),
    ],
)
async def test_what_is_wrong_is_found(subject, change, check, verdict):
    _, report = await examined(subject, change=change)
    found = [one for one in report.findings if (one.check, one.section) == (check, "orders")]
    assert verdict in {one.verdict for one in found}, [one.told for one in found]


@pytest.mark.parametrize("system", ["sap"])
async def test_words_that_no_table_has_are_counted(subject):
    _, report = await examined(subject, rows=200)
    (found,) = [one for one in report.findings if (one.check, one.section) == ("words", "orders")]
    assert found.verdict is Verdict.NOTICE
    assert sum(found.figures.values()) > 0
    assert "`map`" in found.told


@pytest.mark.parametrize("system", ["woo"])
@pytest.mark.parametrize(
    ("raws", "figures"),
    [
        ({"on_hold-2": 7, "C/PROC": 2}, {"on_hold-2": 7, "C/PROC": 2}),
        (
            {"lin.xia@example.com": 1, "139 1234 5678": 2},
            {"(19 characters)": 1, "(13 characters)": 2},
        ),
        ({f"Lin Xia {one:c}": 1 for one in range(65, 75)}, {"words": 10, "rows": 10}),
    ],
)
async def test_a_status_that_is_mapped_from_a_person_s_field_shows_no_person(
    subject, raws, figures
):
    hearing = Hearing()
    for raw, count in raws.items():
        for _ in range(count):
            hearing.unknown("shop", "orders.status", raw)
    connector = await subject.open(hearing)
    (found,) = words(Patient(connector, hearing, 5), "orders")
    await connector.aclose()
    assert found.figures == figures
    for raw in raws.keys() - figures.keys():
        assert raw not in found.told


def test_a_date_outside_all_years_is_no_date():
    hearing = Hearing()
    for told in (
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    ):
        hearing.heard(0.1, (200, {"date": told}, b""))
    assert hearing.clock is None


@pytest.mark.parametrize("system", ["woo"])
async def test_the_system_s_own_manners_are_told(subject):
    hearing = Hearing()
    connector = await subject.open(hearing)
    patient = Patient(connector, hearing, 5)
    assert latency(patient).verdict is Verdict.NOT_ASKED
    hearing.heard(0.5, (200, {"date": "Thu, 01 Jan 2026 00:00:00 GMT"}, b""))
    assert clock(patient).verdict is Verdict.WRONG
    assert "behind ours" in clock(patient).told
    here = hearing.clock.ours
    hearing.clock = Clock(here, here)
    assert clock(patient).verdict is Verdict.GOOD
    assert rates(patient).verdict is Verdict.NOTICE
    connector.spec = replace(connector.spec, load=LoadAgreement(per_second=5))
    assert rates(patient).verdict is Verdict.GOOD
    hearing.headers = {"x-shopify-shop-api-call-limit": "39/40"}
    assert rates(patient).verdict is Verdict.NOTICE
    hearing.headers = {"ratelimit-remaining": "90", "ratelimit-limit": "100"}
    assert rates(patient).verdict is Verdict.GOOD
    hearing.seconds = [19.9]
    assert latency(patient).verdict is Verdict.NOTICE
    await connector.aclose()
