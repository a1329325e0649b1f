import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.spreadsheet import csv_lines, plain_cell, safe_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "＝1+1",
        " =1",
        "\u3000=1",
        '=HYPERLINK("http://x","y")',
        "'=1",
        "=1\nnext",
    ],
)
def test_a_formula_is_guarded_and_comes_back_as_it_was(text):
    cell = safe_cell(text)
    assert cell == f"'{text}"
    assert plain_cell(cell) == text


@given(st.text())
def test_every_text_comes_back_and_none_begins_a_formula(text):
    cell = safe_cell(text)
    assert plain_cell(cell) == text
    assert not cell.lstrip(" \u00a0\u3000\ufeff\u200b").startswith(
        ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
    )


def test_numbers_stay_numbers_and_lines_are_csv():
    rows = [("a,b", -5, 1.5, None), ('q"', "=x", 0, "line\nbreak")]
    read = list(csv.reader(StringIO("".join(csv_lines(rows)), newline="")))
    assert read == [["a,b", "-5", "1.5", ""], ['q"', "'=x", "0", "line\nbreak"]]
