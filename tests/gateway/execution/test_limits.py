import pytest
from graphql import get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from capabilities.errors import BadInput
from gateway.execution.limits import DocumentLimits, check_limits, measure

LIMITS = DocumentLimits(depth=15, fields=1000, aliases=60, directives=50)


def doubling(levels, leaf="__typename"):
    parts = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels)]
    return "{ ...F0 } " + " ".join(parts) + f" fragment F{levels} on Query {{ {leaf} }}"


@pytest.mark.parametrize(
    ("document", "depth", "fields", "aliases", "directives"),
    [
        ("{ a }", 1, 1, 0, 0),
        ("{ a { b { c } } d }", 3, 4, 0, 0),
        ("{ x: a y: a }", 1, 2, 2, 0),
        ("query @q { a @skip(if: true) ... @include(if: true) { b } }", 1, 2, 0, 3),
        ("{ ...F ...F } fragment F on Q { x: a { b } }", 2, 4, 2, 0),
        ("query A { a } query B { a { b } }", 2, 2, 0, 0),
        ("{ ...Gone }", 0, 0, 0, 0),
        ("{ ...A } fragment A on Q { ...B a } fragment B on Q { ...A b }", 1, 2, 0, 0),
    ],
)
def test_a_document_is_measured_as_if_its_fragments_were_written_out(
    document, depth, fields, aliases, directives
):
    found = measure(parse(document))
    assert (found.depth, found.fields, found.aliases, found.directives) == (
        depth,
        fields,
        aliases,
        directives,
    )


def test_the_explorer_s_own_question_passes():
    question = parse(get_introspection_query())
    check_limits(question, LIMITS)
    assert measure(question).depth == LIMITS.depth  # one less would lock the explorer out


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{ a" * 16 + "}" * 16, "DOCUMENT_TOO_DEEP"),
        ("{" + " a" * 1001 + "}", "DOCUMENT_TOO_LARGE"),
        ("{" + "".join(f" x{n}: a" for n in range(61)) + "}", "DOCUMENT_TOO_MANY_ALIASES"),
        ("{ a" + " @d" * 51 + "}", "DOCUMENT_TOO_MANY_DIRECTIVES"),
        (doubling(26), "DOCUMENT_TOO_LARGE"),
        (doubling(14, "x: a"), "DOCUMENT_TOO_LARGE"),
        (doubling(7, "x: a"), "DOCUMENT_TOO_MANY_ALIASES"),
    ],
)
def test_a_bomb_is_refused_by_what_it_would_become(document, code):
    with pytest.raises(BadInput) as told:
        check_limits(parse(document), LIMITS)
    assert told.value.code == code


def test_each_fragment_is_measured_once():
    assert measure(parse(doubling(150))).fields == 1_000_000_000  # written out: 2**150 fields


@given(st.integers(1, 40))
def test_counts_never_overflow(levels):
    assert measure(parse(doubling(levels))).fields == min(2**levels, 1_000_000_000)
