"""`santong manifest`: faults by line and column, a draft that goes on to a check, the schema."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app

RUNNER = CliRunner()
OPENAPI = """
openapi: 3.0.0
info: { title: Acme }
paths:
  /orders:
    get:
      responses:
        "200":
          content:
            application/json:
              schema:
                type: array
                items: { properties: { id: { type: integer }, total: { type: string } } }
"""


def santong(*words):
    return RUNNER.invoke(app, ["manifest", *map(str, words)], env={"COLUMNS": "300"})


def test_a_draft_is_written_once_and_its_check_passes(tmp_path):
    description = tmp_path / "api.yaml"
    description.write_text(OPENAPI, "utf-8")
    made = santong("new", "acme", "--from", description, "--out", tmp_path / "systems")
    assert made.exit_code == 0, made.output
    file = tmp_path / "systems" / "acme" / "manifest.yaml"
    checked = santong("check", file.parent)
    assert (checked.exit_code, "Acme: orders" in checked.output) == (0, True)
    again = santong("new", "acme", "--from", description, "--out", tmp_path / "systems")
    assert again.exit_code == 1
    assert "overwrites nothing" in again.output


def test_a_draft_like_a_system_that_ships_is_printed():
    made = santong("new", "my_shop", "--like", "woocommerce")
    assert made.exit_code == 0
    assert "system: my_shop" in made.output
    assert "mapping.py" in made.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("Acme", "--like", "ospos"), "small letters"),
        (("acme",), "--from and --like"),
        (("acme", "--like", "wooccommerce"), "did you mean 'woocommerce'"),
        (("acme", "--from", "nowhere.yaml"), "nowhere.yaml"),
        (("acme", "--from", "a.yaml", "--entity", "orders"), "SECTION=NAME"),
    ],
)
def test_a_draft_that_cannot_be_made_says_why(words, told):
    made = santong("new", *words)
    assert made.exit_code == 1
    assert told in made.output


def test_every_fault_of_a_manifest_is_a_line_with_its_place(tmp_path):
    text = Path("connectors/systems/ospos/manifest.yaml").read_text("utf-8")
    broken = tmp_path / "manifest.yaml"
    broken.write_text(text.replace("protocol: sql", "protocol: sqk"), "utf-8")
    checked = santong("check", broken)
    assert checked.exit_code == 1
    assert f"{broken}:4:1:" in checked.output
    assert "did you mean 'sql'" in checked.output
    assert "1 fault;" in checked.output
    assert santong("check", tmp_path / "none.yaml").exit_code == 1


def test_the_schema_is_the_published_one():
    told = santong("schema")
    assert json.loads(told.output) == json.loads(
        Path("connectors/manifest/schema.json").read_text("utf-8")
    )
