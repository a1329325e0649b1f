import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.ids import GlobalId, global_id, parse_global_id

_WORDS = st.text(min_size=1, max_size=20).filter(
    lambda text: ":" not in text and text.isprintable()
)


@given(_WORDS, _WORDS, st.text(min_size=1, max_size=60).filter(str.isprintable))
def test_an_id_reads_back(type_name, scope, key):
    assert parse_global_id(global_id(type_name, scope, key)) == GlobalId(type_name, scope, key)


@pytest.mark.parametrize(
    "text", ["", "x", "!!!", "T3JkZXI", "T3JkZXI6c2hvcA", "a" * 600, "T3JkZXI6Og"]
)
def test_what_is_no_id_is_refused(text):
    with pytest.raises(ValueError, match="not an id"):
        parse_global_id(text)


def test_an_id_has_one_spelling():
    spelled = global_id("Order", "shop", "1")
    with pytest.raises(ValueError, match="not an id"):
        parse_global_id(spelled + "=")
