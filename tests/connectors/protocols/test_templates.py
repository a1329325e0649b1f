"""Templates of writes: filled with values, never read as code, checked before they are used."""

from decimal import Decimal

import pytest

from connectors.protocols.templates import bad_marks, compiled

VALUES = {
    "reference": "r1",
    "note": None,
    "lines": [
        {"ref": "1", "sku": "A", "quantity": "2", "discount": None},
        {"ref": "2", "sku": "{reference}", "quantity": "0.500", "discount": "1.00"},
    ],
}
KNOWN = {"": ("reference", "note"), "lines": ("ref", "sku", "quantity", "discount")}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("x {reference} y", "x r1 y"),
        ("{note}", None),
        ({"a": "{note}", "b": "{reference}"}, {"b": "r1"}),
        ({"a": {"b": "{note}"}}, None),
        (["{note}", "{reference}"], ["r1"]),
        (["{note}"], None),
        ({"given": "note", "of": {"kind": "text"}}, None),
        ({"given": "reference", "of": {"kind": "text"}}, {"kind": "text"}),
        ({"any": ["{note}", "{reference}"]}, "r1"),
        ({"any": ["{note}"]}, None),
        (True, True),
        ("{{reference}}", "{reference}"),
    ],
)
def test_what_is_left_of_a_template(template, filled):
    assert compiled(template)(VALUES) == filled


def test_a_list_has_one_thing_for_each_line_and_a_value_is_no_template():
    line = {"sku": "{sku}", "n": {"number": "{quantity}"}, "of": "{reference}"}
    made = compiled({"each": "lines", "of": line})(VALUES)
    assert made == [
        {"sku": "A", "n": Decimal(2), "of": "r1"},
        {"sku": "{reference}", "n": Decimal("0.500"), "of": "r1"},
    ]


def test_what_a_line_does_not_say_is_not_taken_from_the_order():
    made = compiled({"each": "lines", "of": {"a": "{ref}", "d": "{discount}"}})
    assert made({**VALUES, "discount": "9"})[0] == {"a": "1"}


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{nothing}", "unknown value {nothing}"),
        ("{reference!r}", "unknown value"),
        ("{reference:9999999}", "unknown value"),
        ("{", "unknown value"),
        ("{code_sku}", "unknown value {code_sku}"),
        ({"each": "rows", "of": "x"}, "'rows' is no list"),
        ({"each": "lines", "of": "{nope}"}, "unknown value {nope}"),
        ({"given": "nope", "of": "x"}, "unknown value {nope}"),
        ({"a": ["{nope}"]}, "unknown value {nope}"),
    ],
)
def test_a_mark_without_a_value_is_named(template, said):
    (found,) = bad_marks(("place",), template, KNOWN)
    assert said in found.message
    assert found.path[0] == "place"


def test_codes_of_lines_are_known_by_their_prefix():
    template = {"each": "lines", "of": {"given": "code_sku", "of": "{code_sku}{ref}{reference}"}}
    assert not list(bad_marks((), template, KNOWN))
