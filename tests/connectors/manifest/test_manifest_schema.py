"""The published schema is what the records say, and every system's manifest keeps it."""

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from connectors.manifest import known_systems
from connectors.manifest.load import SYSTEMS
from connectors.manifest.schema import build_schema, render_schema

PUBLISHED = Path(SYSTEMS).parent / "manifest" / "schema.json"


def test_the_published_schema_is_the_generated_one():
    assert PUBLISHED.read_text(encoding="utf-8") == render_schema()


def test_the_schema_is_a_schema():
    Draft202012Validator.check_schema(build_schema())


def test_systems_are_found_by_their_folders():
    assert known_systems() == tuple(
        sorted(path.parent.name for path in SYSTEMS.glob("*/__init__.py"))
    )
    assert {"ospos", "sap_s4hana", "woocommerce"} <= set(known_systems())


@pytest.mark.parametrize("system", known_systems())
def test_every_manifest_keeps_the_published_schema(system):
    text = (SYSTEMS / system / "manifest.yaml").read_text(encoding="utf-8")
    Draft202012Validator(build_schema()).validate(yaml.safe_load(text))
