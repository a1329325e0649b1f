"""The members of a shop move to the platform and back, while people and an old application work.

The short telling of `make demo-adoption`, over real processes; `make story` runs it. A defect in
the mapping is found and stops a promotion, errors send a quarter of the people back, leaders change
and change back.
"""

from pathlib import Path

import pytest

from bench.demo_adoption.chart import chart_of
from bench.demo_adoption.telling import tell
from bench.demo_adoption.traffic import GRAPH, WIRE
from bench.demo_adoption.world import world
from capabilities.adoption.states import AdoptionState

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("adoption-story")]

_S = AdoptionState
PAUSE_SECONDS = 0.5
WAY = [
    _S.FEDERATED_READ,
    _S.SHADOW_READ,
    _S.CANARY_READ,
    _S.SHADOW_READ,
    _S.CANARY_READ,
    _S.MIDDLE_READ,
    _S.DUAL_WRITE_LEGACY_LEAD,
    _S.DUAL_WRITE_MIDDLE_LEAD,
    _S.DUAL_WRITE_LEGACY_LEAD,
    _S.DUAL_WRITE_MIDDLE_LEAD,
    _S.MIDDLE_OWNED,
]


@pytest.mark.timeout(900)
def test_the_members_of_a_shop_move_and_nothing_is_wrong_or_lost(tmp_path: Path):
    said: list[str] = []
    with world(tmp_path / "home", scale=1) as running:
        told, timeline = tell(running, PAUSE_SECONDS, said.append)

    assert told.truth.wrong == []
    assert told.lost == []
    for door in (GRAPH, WIRE):
        assert told.truth.reads[door] > 0, f"nobody read by {door}"
        assert told.truth.writes[door] > 0, f"nobody wrote by {door}"
    assert _ways(timeline.entries) == WAY
    assert "mismatch-critical" in {one["name"] for one in told.found}
    assert "answers of the platform failed" in told.demoted

    refused = {state: {one["name"] for one in gates} for state, gates in told.refused.items()}
    assert refused == {
        _S.CANARY_READ: {"compared-for"},
        _S.MIDDLE_READ: {"canary-held"},
        _S.MIDDLE_OWNED: {"led-for"},
    }
    assert said == [line for line in said if line.strip()]
    assert chart_of("the story", timeline.entries, timeline.ticks).count("<circle") == len(
        timeline.entries
    )


def _ways(entries) -> list[AdoptionState]:
    """The states in their order, each as often as it was come to."""
    states = [one.state for one in entries]
    return [one for place, one in enumerate(states) if place == 0 or states[place - 1] is not one]
