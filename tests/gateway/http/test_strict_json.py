"""A body is read fast, and read exactly as a slow reader that checks everything would."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.http.bad_request import BadRequest
from gateway.http.strict_json import strict_json
from tests.gateway.http.corpus_bodies import corpus


def slowly(body: bytes):
    """The rules, one hook each."""

    def pairs(found):
        assert len(dict(found)) == len(found)
        return dict(found)

    def finite(text):
        assert math.isfinite(float(text))
        return float(text)

    def constant(name):
        raise AssertionError(name)

    text = body.decode("utf-8")
    value = json.loads(text, object_pairs_hook=pairs, parse_constant=constant, parse_float=finite)
    json.dumps(value, ensure_ascii=False).encode("utf-8")
    assert b"\\u0000" not in body
    return value


def judged(reader, body):
    try:
        return repr(reader(body))
    except (BadRequest, AssertionError, ValueError, RecursionError):
        return "refused"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(values, st.booleans())
def test_what_is_json_is_read_as_it_was_written(value, ascii_only):
    body = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert judged(strict_json, body) == judged(slowly, body)


_PIECES = (
    *('{"a"', ":", "1", "}", ",", '"', "[", "]", "{", "\\u003a", "\\u003A", '"a"', '"a:b"'),
    *("\\", "u", "d800", "\\udc00", "\\ud83d\\ude00", "NaN", "1e999", "-", "0", ".5", " ", "\t"),
    *("\\u0061", "é", "会", "\x01", "null", "true", "Infinity", "1" * 30, "\ufeff"),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=14).map("".join))
def test_what_is_none_is_refused_as_before(text):
    for body in (text.encode(), f'{{"a":{text}}}'.encode(), f'{{"a":1,{text}}}'.encode()):
        assert judged(strict_json, body) == judged(slowly, body)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b", ":", "\\u003a", "\\u003A", "\\u0061"]), min_size=2),
    st.sampled_from(['":"', "1", '{"a":1,"a":2}', '"\\u003a"']),
)
def test_no_spelling_hides_a_key_that_stands_twice(keys, value):
    body = ("{" + ",".join(f'"{key}":{value}' for key in keys) + "}").encode()
    assert judged(strict_json, body) == judged(slowly, body)


def test_the_hostile_bodies_are_judged_as_before():
    bodies = [one.body for one in corpus()]
    told = [judged(strict_json, body) for body in bodies]
    assert told == [judged(slowly, body) for body in bodies]
    assert told.count("refused") > 100


@pytest.mark.parametrize("body", [b"18446744073709551616", b"1" * 400, b"9007199254740993"])
def test_whole_numbers_keep_their_digits(body):
    assert strict_json(body) == int(body)
