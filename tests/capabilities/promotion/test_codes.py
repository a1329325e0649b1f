"""Codes of coupons: drawn from 85 bits, checked, and one however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.promotion.codes import ALPHABET, new_code, normalised, written

CODES = st.builds(lambda _: new_code(), st.none())


def test_a_code_holds_at_least_eighty_bits_and_none_comes_twice():
    codes = {new_code() for _ in range(20_000)}
    assert len(codes) == 20_000
    assert {len(one) for one in codes} == {18}
    for at in range(17):  # every character of every place is drawn
        assert {one[at] for one in codes} == set(ALPHABET)


@given(CODES, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_a_wrong_character_is_no_code(code, at, other):
    wrong = code[:at] + other + code[at + 1 :]
    assert normalised(wrong) == (code if other == code[at] else None)


@given(CODES, st.integers(0, 16))
def test_two_neighbours_that_changed_places_are_no_code(code, at):
    wrong = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert normalised(wrong) == (code if code[at] == code[at + 1] else None)


@pytest.mark.parametrize(
    "typed",
    [
        written,
        str.lower,
        lambda code: f"  {code} \n",
        "\u200b".join,
        lambda code: "\u2060" + code + "\ufeff",
        lambda code: "".join(chr(ord(one) + 0xFEE0) for one in code),
        lambda code: "\u2013".join((code[:9], code[9:])),
        lambda code: "\u3000".join((code[:9], code[9:])),
        lambda code: code.replace("0", "O").replace("1", "l"),
    ],
)
def test_look_alike_forms_are_one_code(typed):
    for _ in range(50):
        code = new_code()
        assert normalised(typed(code)) == code


@given(st.text(max_size=120))
def test_whatever_is_typed_is_a_code_in_its_one_form_or_none(typed):
    found = normalised(typed)
    assert found is None or normalised(found) == found
