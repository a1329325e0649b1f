"""A protocol is a folder and a row: what the row promises is there."""

from importlib import import_module
from inspect import signature

import pytest
from msgspec.structs import fields

from connectors.protocols.declared import LEVELS
from connectors.protocols.table import PROTOCOLS, schema_of


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_opens_a_connection(name):
    speaking = import_module(f"connectors.protocols.{name}.speaking")
    assert list(signature(speaking.open_speaker).parameters) == ["manifest", "spec", "upstream"]
    assert import_module(f"connectors.protocols.{name}.declared")


@pytest.mark.parametrize("name", PROTOCOLS)
@pytest.mark.parametrize("level", LEVELS)
def test_every_key_of_its_own_becomes_a_value(name, level):
    keys = PROTOCOLS[name].at(level)
    assert {one.encode_name for one in fields(keys.model)} == set(keys.schema)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_its_ways_are_keys_of_its_look_ups(name):
    assert set(PROTOCOLS[name].ways) <= set(PROTOCOLS[name].at("lookup").schema)


def test_a_key_means_the_same_in_every_protocol():
    for level in LEVELS:
        assert set(schema_of(level)) == {
            key for one in PROTOCOLS.values() for key in one.at(level).schema
        }
