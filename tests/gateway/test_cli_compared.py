"""`santong adoption report` and its kin, each command of the how-to page against a store."""

import asyncio
import json
import shlex
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.defining import version_of
from capabilities.adoption.states import AdoptionState
from capabilities.adoption.tally import Tally
from capabilities.estate import Capability
from connectors.basis import basis_of_spec
from connectors.connector import digest_of, loaded
from gateway.cli import app
from gateway.federation.estate_file import parse_estate
from store.adoption.comparisons import Comparisons
from store.adoption.standings import Standings
from store.engine import Store
from store.owned import Owned
from store.sealing import Sealer
from tests.capabilities.adoption.pairs import chance_of, record
from tests.docs.doc_blocks import ROOT, blocks_of
from tests.gateway.serving import KEY, settings_for
from tests.migrated import migrated
from tests.store.adoption.conftest import to

_PAGE = blocks_of(ROOT / "docs" / "how-to" / "compare-before-you-switch.md")
_LINES = [
    line[2:]
    for block in _PAGE
    if block.language == "console"
    for line in block.text.splitlines()
    if line.startswith("$ ")
]
_ESTATE = """
brand: baiwei
channels:
  - {code: shop, name: 商城, kind: APP}
connectors:
  - name: woo
    system: woocommerce
    settings: {base_url: "http://127.0.0.1:9", username: ck_demo}
    secrets: {password: "env:DEMO_WOO_SECRET"}
    channels: {member: {"*": shop}}
"""
_MEMBER = Capability.MEMBER


_FILLED = """
  INSERT INTO copied_channels (brand, capability, channel, begun_at, filled_at, version)
  VALUES ('baiwei', 'member', 'shop', now(), now(), :version)
"""


def _version():
    """That of the one connector, under which its copy was made."""
    plan = parse_estate(_ESTATE)
    (spec,) = plan.connectors
    digest = digest_of(loaded(spec), ZoneInfo(plan.time_zone))
    return version_of(basis_of_spec(spec, digest, _MEMBER))


async def _compared(database):
    """A pair that is compared, with nine of ten the same."""
    store = Store.open(database, deadline_seconds=20)
    owned = Owned(
        store=store,
        brand="baiwei",
        sealer=Sealer(b"s" * 32),
        key=b"h" * 32,
        zone=ZoneInfo("UTC"),
    )
    try:
        await Standings(owned).move("shop", _MEMBER, to(AdoptionState.SHADOW_READ))
        await store.rows(text(_FILLED), {"version": _version()})
        tally, legacy = Tally(b"secret"), record(chance_of(1), _MEMBER)
        for number in range(10):
            platform = None if number == 0 else legacy
            at = datetime.now(UTC) - timedelta(minutes=number)
            tally.add(compare(Subject("shop", _MEMBER, "v1"), str(number), legacy, platform, at))
        other = record(chance_of(2), _MEMBER)
        tally.add(compare(Subject("shop", _MEMBER, "v1"), "x", legacy, other, datetime.now(UTC)))
        await Comparisons(store, "baiwei").keep(*tally.drain())
    finally:
        await store.aclose()


@pytest.fixture(scope="module")
def database(postgres):
    made = migrated(postgres, "cli_compared")
    asyncio.run(_compared(made))
    return made


@pytest.fixture
def ran(tmp_path, database):
    """Runs one line of the page; its files lie here."""
    environment = {
        "SANTONG_HOME": str(tmp_path),
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings_for(tmp_path, _ESTATE).estate),
        "SANTONG_DATABASE_URL": database,
        "COLUMNS": "200",
        "DEMO_WOO_SECRET": "cs_demo",
        "SANTONG_CONNECTOR_HOSTS": json.dumps(["127.0.0.0/8:*"]),
        "SANTONG_REDIS_URL": "redis://127.0.0.1:1/0",
    }

    def run(line):
        soon = f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}"
        words = [
            str(tmp_path / word) if word.endswith(".html") else word
            for word in shlex.split(line.replace("2026-12-24", soon))[1:]
        ]
        return CliRunner().invoke(app, words, env=environment)

    return run


@pytest.mark.parametrize("line", _LINES)
def test_every_command_of_the_page_does_what_it_says(ran, line):
    done = ran(line)
    assert done.exit_code == 0, done.output


def test_the_report_says_what_was_compared_and_what_is_missing(ran):
    shown = ran("santong adoption report shop member").output
    for part in ("MISSING", "contact.phone", "PHONE", "not ready for CANARY_READ", "comparisons"):
        assert part in shown
    told = json.loads(ran("santong adoption report shop member --json").output)
    assert told["ready"] is False
    assert told["comparison"]["compared"] == 11
    assert {one["name"]: one["ok"] for one in told["verdict"]["gates"]}["comparisons"] is False


def test_the_page_has_charts_and_nothing_from_elsewhere(ran, tmp_path):
    assert ran("santong adoption report shop member --html page.html").exit_code == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "<svg" in page
    assert "Fields that differ" in page
    assert "Pairs over time" in page
    for elsewhere in ("http:", "https:", "<script", "<link", "url(", "@import", "src="):
        assert elsewhere not in page


def test_a_channel_that_nothing_answers_is_refused(ran):
    assert ran("santong adoption report nowhere member").exit_code != 0


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("--field status --pattern '* -> *'", "ADOPTION_DIFF_CRITICAL"),
        ("--field shoe_size --pattern '* -> *'", "ADOPTION_DIFF_INVALID"),
    ],
)
def test_what_cannot_be_explained_is_refused(ran, given, code):
    line = f"santong adoption acknowledge shop member {given} --reason r --owner o"
    done = ran(f"{line} --until 2026-12-24")
    assert done.exit_code != 0
    assert code in (done.output + str(getattr(done.exception, "code", "")))
