"""`santong promotion`, over a real store."""

import functools
import re
from pathlib import Path

import pytest

from gateway.promotion.reading import PromotionError, read_promotion
from tests.gateway.serving import KEY, settings_for
from tests.migrated import migrated

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "how-to" / "run-a-promotion.md").read_text("utf-8")
SHOWN = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1]
SNACKS = """
id: snacks
name: 零食九折
kind: ITEM_DISCOUNT
reward: { type: percentOff, percent: "10" }
items: { categories: [[零食]] }
condition: { type: allOf, conditions: [{ type: atLeast, amount: 9900 }] }
hours: [{ days: [6, 7], start: "18:00", end: "02:00" }]
"""


def test_the_page_shows_a_promotion_that_can_be_put():
    plan = read_promotion(SHOWN, "eleven.yaml")
    assert plan.id == "double-eleven"


@pytest.mark.parametrize(
    ("wrong", "right", "line", "said"),
    [
        ("kind: ITEM_DISCOUNT", "kind: ITEM", 4, "Invalid enum value"),
        ("kind: ITEM_DISCOUNT", "kind: GIFT", 5, "takes one of the rewards gift"),
        ("percentOff", "percentOf", 5, "Invalid value 'percentOf'"),
        ('"10"', '"0"', 5, "above 0 and at most 100"),
        ("amount: 9900", "amont: 9900", 7, "unknown field `amont`"),
        ("start:", "begin:", 8, "unknown field `begin`"),
        ("days: [6, 7]", "days: [0]", 8, "1 (Monday) to 7 (Sunday)"),
        ("id: snacks", "id: snacks\nversion: 3", 3, "counted by the platform"),
        ("id: snacks", "id: snacks\nid: again", 3, "stands twice"),
        ("id: snacks\n", "", 2, "missing required field `id`"),
    ],
)
def test_a_fault_has_its_line_and_says_what_is_right(wrong, right, line, said):
    assert wrong in SNACKS
    with pytest.raises(PromotionError) as caught:
        read_promotion(SNACKS.replace(wrong, right, 1), "snacks.yaml")
    assert {fault.code for fault in caught.value.faults} == {"PROMOTION_INVALID"}
    told = [(one.line, one.message) for one in caught.value.faults]
    assert any(at == line and said in message for at, message in told), told


@pytest.fixture
def command(santong, tmp_path, postgres):
    database = migrated(postgres, f"promotion_{tmp_path.name}")
    environment = {
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings_for(tmp_path).estate),
        "SANTONG_DATABASE_URL": database,
    }
    return functools.partial(santong, **environment)


@pytest.mark.timeout(300)
def test_a_promotion_is_put_changed_and_ended(command, tmp_path):
    file = tmp_path / "snacks.yaml"
    file.write_text(SNACKS, "utf-8")
    put = command("promotion", "put", file, "--reason", "ask 13912345678")
    assert put.stdout.strip() == "snacks is DRAFT, version 1", put.stderr
    scheduled = command("promotion", "schedule", "snacks", "--reason", "go")
    assert scheduled.stdout.strip() == "snacks is ACTIVE, version 1"
    file.write_text(SNACKS.replace('"10"', '"12"'), "utf-8")
    assert "version 2" in command("promotion", "put", file, "--reason", "more").stdout
    assert re.search(r"snacks .* ACTIVE", command("promotion", "list").stdout)
    assert "ENDED" in command("promotion", "end", "snacks", "--reason", "over").stdout
    refused = command("promotion", "resume", "snacks", "--reason", "again")
    assert refused.returncode == 1
    assert "PROMOTION_STAGE" in refused.stderr
    shown = command("promotion", "show", "snacks").stdout
    assert "13912345678" not in shown
    assert all(word in shown for word in ("CREATE", "SCHEDULE", "UPDATE", "END"))


def test_a_file_that_makes_no_sense_is_shown_its_lines(command, tmp_path):
    file = tmp_path / "snacks.yaml"
    file.write_text(SNACKS.replace('"10"', '"0"'), "utf-8")
    wrong = command("promotion", "check", file)
    assert wrong.returncode == 1
    assert "snacks.yaml:5:" in wrong.stdout
