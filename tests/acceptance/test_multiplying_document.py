"""A small document that multiplies costs its own answer, and nobody else's time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("acceptance")]

# What a request may take in all, with what a busy machine adds.
_WHOLE_SECONDS = 8
# Ten times what the slowest of them waited when this was written.
_LONGEST_WAIT_SECONDS = 1


def nested(levels: int, size: int) -> str:
    """Orders of the person of each order of the person of each order, and so on."""
    inner = "id"
    for _ in range(levels):
        inner = f"member {{ orders(first: {size}) {{ nodes {{ {inner} }} }} }}"
    return f"{{ orders(first: {size}) {{ nodes {{ {inner} }} }} }}"


def test_lists_inside_lists_are_refused_and_others_do_not_wait(retailer):
    bomb = nested(4, 20)
    with ThreadPoolExecutor() as pool:
        began = time.monotonic()
        running = pool.submit(retailer.ask, bomb)
        waits = []
        while not running.done():
            asked = time.monotonic()
            assert retailer.ask("{ channels { code } }").status == 200
            waits.append(time.monotonic() - asked)
        took = time.monotonic() - began
    answer = running.result()
    assert set(answer.codes) == {"QUERY_TOO_EXPENSIVE"}
    assert took < _WHOLE_SECONDS
    assert max(waits) < _LONGEST_WAIT_SECONDS
