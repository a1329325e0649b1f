"""`santong lifecycle` and `santong campaign`, each command of the how-to page against a store."""

import asyncio
import json
import shlex

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from store.engine import Store
from tests.docs.doc_blocks import ROOT, blocks_of
from tests.gateway.serving import KEY, settings_for
from tests.migrated import migrated
from tests.store.lifecycle.living import Living

_RULES = "LIFECYCLE_RULES"
_PAGE = blocks_of(ROOT / "docs" / "how-to" / "send-touches.md")


async def _people(database):
    """Two who bought once and churned; the id of a touch that was planned meanwhile."""
    store = Store.open(database, deadline_seconds=20)
    try:
        living = Living(store)
        for one in ("ann", "bea"):
            await living.join(one, ("shop", one))
            await living.buy(("shop", one), 0, store_code="M0001")
        await living.go(1)
        await living.go(200)
        return (await living.touches())[0].touch_id
    finally:
        await store.aclose()


@pytest.fixture
def ran(tmp_path, postgres):
    """Runs one line of the page; the people stand in the store, and the page's files here."""
    database = migrated(postgres, f"lifecycle_{tmp_path.name}")
    touch_id = asyncio.run(_people(database))
    for block in _PAGE:
        if block.language == "yaml":
            name = {"rules": "rules", "senders": "senders", "campaign": "spring"}
            (tmp_path / f"{name[block.options['as']]}.yaml").write_text(block.text, "utf-8")
    (tmp_path / "outcomes.csv").write_text(
        f"touch_id,kind,at,score\n{touch_id},SURVEY,2026-05-01T08:00:00+08:00,90\n"
        f"nobody,OPENED,2026-05-01T08:00:00+08:00,\n",
        "utf-8",
    )
    environment = {
        "SANTONG_HOME": str(tmp_path),
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings_for(tmp_path).estate),
        "SANTONG_DATABASE_URL": database,
    }

    def run(line):
        words = [
            str(tmp_path / word) if word.endswith((".yaml", ".csv", ".html")) else word
            for word in shlex.split(line)[1:]
        ]
        return CliRunner().invoke(app, words, env=environment)

    return run


def _lines():
    blocks = (block.text for block in _PAGE if block.language == "console")
    return [line[2:] for text in blocks for line in text.splitlines() if line.startswith("$ ")]


def test_the_page_can_be_followed_and_its_figures_are_told(ran, tmp_path):
    told = {}
    for line in _lines():
        done = ran(line)
        assert done.exit_code == 0, (line, done.stdout, done.exception)
        told[line.partition(" ")[2]] = done.stdout
    assert "version 1 is in force" in "".join(told.values())
    assert "spring is RUNNING" in told["campaign start spring"]
    assert "1 new, 0 known before, 1 of unknown touches" in "".join(told.values())
    assert "bea,2026-08-28,2026-03-01,shop,M0001" in told["lifecycle wake-up"]
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<svg" in page
    assert "CHURNED" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert json.loads(ran("santong lifecycle report --json").stdout)["stages"] == {"CHURNED": 2}
    assert "version 1" in ran("santong lifecycle rules show").stdout
    again = ran("santong campaign draft spring.yaml")
    assert again.exception.code == "CAMPAIGN_EXISTS"
    assert "is PAUSED" in ran("santong campaign pause spring").stdout
    assert ran("santong campaign start nobody").exception.code == "CAMPAIGN_UNKNOWN"
    assert "everybody is judged" in ran("santong lifecycle recompute").stdout


_AT = "2026-05-01T08:00:00Z"
_HEAD = "touch_id,kind,at"


@pytest.mark.parametrize(
    ("name", "text", "command", "code"),
    [
        ("a.yaml", "rules: [{stages: {at_risk_days: 0}}]", "lifecycle rules check", _RULES),
        ("b.yaml", "rules: [", "lifecycle rules check", _RULES),
        ("c.yaml", "name: x", "campaign draft", "CAMPAIGN_INVALID"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(tmp_path, name, text, command, code):
    (tmp_path / name).write_text(text, "utf-8")
    done = CliRunner().invoke(app, [*command.split(), str(tmp_path / name)])
    assert done.exception.code == code


@pytest.mark.parametrize("row", [f"a,EATEN,{_AT}", "a,OPENED,2026-05-01T08:00:00", "a,OPENED,x"])
def test_a_line_of_outcomes_that_is_none_is_named(ran, tmp_path, row):
    (tmp_path / "wrong.csv").write_text(f"{_HEAD}\na,OPENED,{_AT}\n{row}\n", "utf-8")
    done = ran("santong campaign outcomes wrong.csv")
    assert done.exception.code == "OUTCOME_INVALID"
    assert "line 3" in done.exception.message
