"""JSON that keeps its promise passes with its digits; the rest is Garbled."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, Struct

from capabilities.errors import Garbled
from connectors._kit import Decoder
from connectors._kit.strict_json import checked


class Line(Struct):
    quantity: Decimal
    price: Decimal | None = None
    free: Any = None
    raw: Raw = Raw(b"null")


class Order(Struct):
    number: str
    lines: list[Line] = []


class Loose(Struct):
    amount: float


class Nested(Struct):
    rows: dict[str, list[Loose | None]]


ORDER = Decoder(Order)


def test_numbers_keep_their_text():
    body = b'{"number": "1", "lines": [{"quantity": 1.10, "price": "2.500", "free": [1e2, 0.1]}]}'
    line = ORDER.decode(body).lines[0]
    assert str(line.quantity) == "1.10"
    assert str(line.price) == "2.500"
    assert [type(each) for each in line.free] == [Decimal, Decimal]


@pytest.mark.parametrize("row_type", [Loose, Nested, float, list[float]])
def test_a_type_with_a_float_is_refused_when_it_is_made(row_type):
    with pytest.raises(TypeError):
        Decoder(row_type)


def test_another_shape_names_its_place_and_never_its_value():
    with pytest.raises(Garbled) as caught:
        ORDER.decode(b'{"number": "1", "lines": [{"quantity": "13912345678x"}]}', "sap")
    assert "$.lines[...].quantity" in str(caught.value) or "$.lines[0].quantity" in str(
        caught.value
    )
    assert "139" not in str(caught.value)
    assert caught.value.source == "sap"


@pytest.mark.parametrize("charset", ["gb18030", "big5", "utf-16"])
def test_a_declared_charset_is_read_strictly(charset):
    body = '{"number": "百味"}'.encode(charset)
    assert ORDER.decode(body, charset=charset).number == "百味"
    with pytest.raises(Garbled):
        ORDER.decode(b"\xff\xfe\xff", charset=charset)


def test_a_mark_is_dropped():
    assert ORDER.decode(b'\xef\xbb\xbf{"number": "1"}').number == "1"


class Pairs(list[tuple[str, Any]]):
    """An object as its pairs, with equal keys perhaps."""


TEXT = st.text(st.sampled_from('ab:"\\,{}百\u003a'), max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(TEXT, inner), max_size=4).map(Pairs)
    ),
    max_leaves=12,
)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, bool]:
    """JSON text in a random spelling, and whether a key stands twice in one object."""
    twice = False

    def text(value: str) -> str:
        spelled = json.dumps(value, ensure_ascii=draw(st.booleans()))
        return spelled.replace(":", draw(st.sampled_from([":", "\\u003a", "\\u003A"])))

    def write(value: Any) -> str:
        nonlocal twice
        if isinstance(value, Pairs):
            keys = [key for key, _ in value]
            twice = twice or len(set(keys)) != len(keys)
            blank = draw(st.sampled_from(["", " ", "\n\t"]))
            pairs = (f"{text(key)}{blank}:{blank}{write(inner)}" for key, inner in value)
            return "{" + ",".join(pairs) + "}"
        if isinstance(value, list):
            return "[" + ",".join(write(inner) for inner in value) + "]"
        return text(value) if isinstance(value, str) else json.dumps(value)

    return write(draw(VALUES)), twice


@given(written())
def test_duplicate_keys_are_found_exactly(case):
    body, twice = case[0].encode(), case[1]
    if twice:
        with pytest.raises(Garbled):
            checked(body)
    else:
        assert checked(body) == body


def test_depth_is_capped():
    assert checked(b"[" * 200 + b"]" * 200)
    with pytest.raises(Garbled):
        checked(b"[" * 300 + b"]" * 300)
