"""The file of gates: what an owner may change, and what nobody may."""

from datetime import timedelta

import pytest

from capabilities.adoption.bounds import PRODUCTION, STANDARD, bounds_from
from capabilities.adoption.gates_file import read_gates
from capabilities.errors import BadInput
from capabilities.estate import Capability

PAIR = {"channel": "shop", "capability": "member", "gates": {"headroom": 0.5}}


def test_what_is_left_out_is_productions():
    found = bounds_from({"defaults": {"compared": 3600}, "pairs": [PAIR]})
    own, other = (found.of(one, Capability.MEMBER) for one in ("shop", "till"))
    assert (own.headroom, other.headroom) == (0.5, 0.3)
    assert own.compared == other.compared == timedelta(hours=1)
    assert own.comparisons == STANDARD.defaults.comparisons == 10_000
    assert found.of("shop", Capability.ORDER) == other
    assert PRODUCTION.lasts("compared", own) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ({"defaults": {"comparisons": 9_999}}, "at least 10,000"),
        ({"defaults": {"mismatch_critical": 1}}, "mismatch_critical is 0"),
        ({"pairs": [{**PAIR, "gates": {"comparisons": 1}}]}, "at least 10,000"),
        ({"defaults": {"steps": [500, 100]}}, "steps rise"),
        ({"defaults": {"steps": []}}, "steps rise"),
        ({"defaults": {"headroom": 1.5}}, "headroom"),
        ({"defaults": {"compared": "soon"}}, "compared"),
        ({"defaults": {"luck": 1}}, "luck"),
        ({"pairs": [{"channel": "shop"}]}, "capability"),
        ([], "object"),
    ],
)
def test_what_no_gate_takes_is_refused_with_its_name(written, told):
    with pytest.raises(BadInput, match=told) as caught:
        bounds_from(written)
    assert caught.value.code == "ADOPTION_GATES_INVALID"


def test_a_file_is_read_and_its_faults_are_told(tmp_path):
    assert read_gates(None) is STANDARD
    path = tmp_path / "gates.yaml"
    for text in ("", "defaults: {}"):
        path.write_text(text)
        assert read_gates(path) == STANDARD
    for wrong in (tmp_path / "none.yaml", path):
        path.write_text("defaults: [")
        with pytest.raises(BadInput):
            read_gates(wrong)
