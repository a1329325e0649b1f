"""The classifiers of the bench of secrecy: they find what is there, and nothing else."""

from dataclasses import replace
from random import Random

import pytest

from bench.secrecy import Heard, goals
from bench.secrets_asked import Kind
from bench.telling_apart import area, by_length, by_shape

COUNT = 2_000


@pytest.fixture
def drawn():
    """The same draws for each test, in whatever order they run."""
    return Random(3)  # noqa: S311 - a draw that can be repeated is wanted


@pytest.fixture
def times(drawn):
    return lambda mean: [drawn.gauss(mean, 1.0) for _ in range(COUNT)]


def test_what_is_drawn_alike_is_told_apart_by_nothing(times):
    one, other = times(5), times(5)
    for found in (by_length(one, other), by_shape(one, other)):
        assert found.auc < 0.55
        assert found.low <= 0.5 <= found.high


def test_a_shift_is_found_in_both_directions(times):
    one, other = times(5), times(5.5)
    for pair in ((one, other), (other, one)):
        for found in (by_length(*pair), by_shape(*pair)):
            assert found.auc > 0.6
            assert found.low > 0.55


def test_another_shape_of_the_same_length_is_found_by_its_shape_alone(times, drawn):
    one = times(5)
    other = [drawn.gauss(drawn.choice((3.0, 7.0)), 0.3) for _ in range(COUNT)]
    assert by_length(one, other).auc < 0.55
    assert by_shape(one, other).auc > 0.75


def test_equal_times_are_chance_and_certain_ones_certain():
    assert area([1.0, 1.0], [1.0, 1.0]) == 0.5
    assert area([1.0, 2.0], [3.0, 4.0]) == 1.0
    certain = by_length([1.0, 2.0], [3.0, 4.0])
    assert (certain.auc, certain.high) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("shift", "bodies", "met"),
    [
        (0.0, {b"{}"}, [True, True, True]),
        (1.0, {b"{}"}, [False, True, True]),
        (0.0, {b"{}", b"[]"}, [True, False, True]),
    ],
)
def test_the_goals_fall_with_a_time_or_an_answer_that_tells(times, shift, bodies, met):
    without = Kind("q", None, str.encode, ["1"], ["2"])
    with_it = replace(without, right=True)
    heard = Heard(without, times(5.0 + shift), times(5.0), bodies)
    told = goals([heard, Heard(with_it, times(9.0), times(5.0), {b"1", b"2"})])
    assert [one.met for one in told] == met


def test_classifiers_that_tell_nothing_prove_nothing(times):
    kind = Kind("q", None, str.encode, ["1"], ["2"], right=True)
    assert goals([Heard(kind, times(5), times(5), {b"{}"})])[2].met is False
