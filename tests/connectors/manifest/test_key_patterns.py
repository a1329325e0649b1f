"""Patterns of keys decide in bounded time, whatever a manifest over the network asks for."""

import re
import time

import pytest

from connectors.manifest.load import SYSTEMS
from connectors.manifest.patterns import wrong_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        *("(a+)+", "(a*)*b", "(a|a)*b", "((ab)?c)+", "([a-z]+-?)+", "(?:a{1,9}){1,9}"),
        *("(a)\\1+(?:\\1)+", "(?=(a+)+)b", "(?P<x>(a|b)*)+", "(?>a+)+", "[", "(", "a" * 501),
        ".*" * 7,
    ],
)
def test_what_may_explode_is_refused(pattern):
    assert wrong_pattern(pattern) is not None


@pytest.mark.parametrize(
    "pattern",
    [
        *("", ".{1,200}", "[0-9]{1,9}", ".+@.+", "[+][0-9]{6,15}", "(?P<a>[ab])-(?P<n>.+)"),
        *("E[0-9A-Z]{10,40}", "(a|b)-[0-9]+", "(?:ab){3}[0-9]?", "[A-Z]{1,20}-[0-9]{8}-[A-Z]"),
    ],
)
def test_what_keys_look_like_is_fine(pattern):
    assert wrong_pattern(pattern) is None
    began = time.process_time()
    assert re.fullmatch(pattern, "a" * 200 + "!") is None or pattern in {".{1,200}", ""}
    assert time.process_time() - began < 1


def test_every_system_that_ships_has_such_patterns_only():
    texts = [path.read_text("utf-8") for path in SYSTEMS.glob("*/manifest.yaml")]
    found = [one for text in texts for one in re.findall(r'keys: "([^"]*)"', text)]
    assert len(found) > 20
    assert [one for one in found if wrong_pattern(one.replace("\\\\", "\\"))] == []
