"""`santong member merge`, its undoing, the review queue and the rules, against a store."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.cli.console import console
from gateway.federation.estate_file import read_estate
from store.access.audit import Audit
from store.engine import Store
from store.keyring import keyring_of
from store.member.taking import open_intake
from tests.gateway.serving import KEY, settings_for
from tests.migrated import migrated
from tests.store.member.taking import START, membership

LIN, WANG = "13912345678", "13712345678"


@pytest.fixture
def place(tmp_path, postgres):
    database = migrated(postgres, f"people_{tmp_path.name}")
    return {
        "SANTONG_HOME": str(tmp_path),
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings_for(tmp_path).estate),
        "SANTONG_DATABASE_URL": database,
    }


@pytest.fixture
def brand(place):
    return read_estate(Path(place["SANTONG_ESTATE"])).brand


@pytest.fixture
def at_store(place):
    """Does something with the store."""

    def done(work):
        async def opened():
            store = Store.open(place["SANTONG_DATABASE_URL"], deadline_seconds=20)
            try:
                return await work(store)
            finally:
                await store.aclose()

        return asyncio.run(opened())

    return done


@pytest.fixture
def ids(at_store, brand):
    """Three people: two who share a phone that one of them never proved, and a third."""
    intake = open_intake(brand, keyring_of(KEY.encode()))
    batch = [
        membership("pos", "1", phone=LIN, card="BW1", programme="club"),
        membership("woo", "2", phone=LIN, verified=False),
        membership("pos", "3", card="BW1", programme="other"),
    ]

    async def work(store):
        await store.transaction(lambda run: intake.take(run, batch, at=START))
        return [intake.people.own_id((one.channel, one.number)) for one in batch]

    return at_store(work)


@pytest.fixture
def santong(place, ids, monkeypatch):
    assert ids
    monkeypatch.setattr(console, "width", 200)  # whatever terminal these tests have

    def run(*words, code=0):
        result = CliRunner().invoke(app, ["member", *words], env=place)
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_people_are_merged_and_unmerged(santong, ids, at_store, brand):
    first, second, third = ids
    looked = santong("merge", first, third, "--preview")
    assert "would stand" in looked
    done = santong("merge", first, third, "--reason", "T-1")
    record = done.split()[-1]
    assert "nothing was done: MERGE_SAME_MEMBER" in santong(
        "merge", first, third, "--reason", "T-1", code=1
    )
    assert "pos:3" in santong("unmerge", record, "--preview")
    undone = santong("unmerge", record, "--reason", "T-2")
    assert third in undone
    santong("unmerge", record, "--reason", "T-2", code=1)
    blocked = santong("merge", first, third, "--reason", "T-3", code=1)
    assert "against it: DECIDED" in blocked
    again = santong("merge", first, third, "--reason", "T-3", "--override", "DECIDED")
    santong("unmerge", "--membership", "pos:3", "--reason", "T-4")
    assert again
    rows = at_store(lambda store: Audit(store, brand).page(20))
    assert {one.action for one in rows} == {"member.merged", "member.unmerged"}
    assert {one.reason for one in rows} == {"T-1", "T-2", "T-3", "T-4"}
    assert second


def test_pairs_are_judged(santong):
    table = santong("candidates")
    assert "UNSURE PHONE +86" in table
    pair = next(word for word in table.split() if len(word) == 24)
    assert "ACCEPTED" in santong("decide", pair, "accept", "--reason", "T-5")
    assert "CANDIDATE_JUDGED" in santong("decide", pair, "never", "--reason", "T-5", code=1)
    assert "0 of 0" in santong("candidates")


def test_rules_are_tried_before_they_hold(santong, tmp_path):
    shown = santong("rules", "show")
    assert shown.startswith("# version 0")
    draft = tmp_path / "rules.yaml"
    draft.write_text(shown.replace("verified: true", "verified: false"), "utf-8")
    tried = santong("rules", "dry-run", str(draft))
    assert "people: 3 now, 2 by the draft" in tried
    assert "joined: 1" in tried
    put = santong("rules", "put", str(draft))
    assert "version 1 is in force" in put
    assert "people: 2 now, 2 by the draft" in santong("rules", "dry-run", str(draft))
    assert santong("recompute").strip() == "0 people changed"
    draft.write_text("kinds: {PIGEON: {}}", "utf-8")
    result = santong("rules", "put", str(draft), code=1)
    assert result == ""


@pytest.mark.parametrize(
    "words",
    [
        ("merge", "a", "b"),
        ("unmerge",),
        ("unmerge", "x", "--membership", "pos:1", "--reason", "y"),
        ("unmerge", "--membership", "pos", "--reason", "y"),
    ],
)
def test_what_is_said_by_halves_is_refused(santong, words):
    assert santong(*words, code=1) == ""
