"""Statements as drivers take them, keys that a column can hold, bytes as texts."""

from decimal import Decimal
from uuid import UUID

import pytest

from capabilities.errors import Garbled
from connectors.protocols.sql.encodings import ENCODINGS, KEY_ENCODINGS, decoded, writable
from connectors.protocols.sql.rendered import in_parts, padded, rendered
from connectors.protocols.sql.values import Columns, bits, plain, single

STATEMENT = "SELECT 'x%' AS a FROM t WHERE k IN :keys AND (l = :limit OR :limit > 3)"


def test_marks_and_values_are_in_the_same_order():
    params = padded({"keys": ["a", "b", "c"], "limit": 3})
    asked = rendered(STATEMENT, params, "qmark")
    assert asked.text == "SELECT 'x%' AS a FROM t WHERE k IN (?, ?, ?, ?) AND (l = ? OR ? > 3)"
    assert asked.positional(params) == ["a", "b", "c", "c", 3, 3]
    named = rendered(STATEMENT, params, "pyformat")
    assert named.text % dict.fromkeys(named.named(params), "?") == asked.text
    assert set(named.named(params).values()) == {"a", "b", "c", 3}


@pytest.mark.parametrize("count", [1, 2, 3, 5, 1000])
def test_lists_have_few_lengths(count):
    (keys,) = padded({"keys": list(range(count))}).values()
    assert len(keys) & (len(keys) - 1) == 0
    assert list(dict.fromkeys(keys)) == list(range(count))


def test_keys_are_asked_in_parts():
    params = {"keys": list(range(10)), "limit": 1}
    assert [part["keys"] for part in in_parts(STATEMENT, params, 100)] == [list(range(10))]
    parts = list(in_parts(STATEMENT, params, 6))
    assert [part["keys"] for part in parts] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert all(part["limit"] == 1 for part in parts)
    twice = "SELECT 1 FROM t WHERE a IN :keys OR b IN :keys"
    assert [len(part["keys"]) for part in in_parts(twice, {"keys": [1, 2, 3]}, 4)] == [2, 1]


@pytest.mark.parametrize(
    ("encoding", "held"),
    [
        ("ascii", "a"),
        ("latin1", "aé€"),
        ("gbk", "a林"),
        ("gb18030", "aé林€㙍𠮷😀"),
        ("big5", "a林"),
        ("utf8", "aé林€㙍𠮷😀"),
        ("utf8mb3", "aé林€㙍"),
    ],
)
def test_a_key_that_no_column_can_hold_is_not_asked(encoding, held):
    keys = ["a", "é", "林", "€", "㙍", "𠮷", "😀"]
    found = writable(keys, encoding)
    assert set(held) <= set(found)
    assert not {"𠮷", "😀"} & set(found) or encoding in ("gb18030", "utf8")
    assert writable(keys, None) == keys
    assert encoding in KEY_ENCODINGS


@pytest.mark.parametrize(
    ("encoding", "raw", "text"),
    [
        ("gbk", b"\xc1\xd6\xd0\xa1\xc2\xfa", "林小满"),
        ("gbk", b"\x80\xc1\xd6", "€林"),
        ("gb18030", "㙍𠮷䶮€".encode("gb18030"), "㙍𠮷䶮€"),
        ("big5", "林".encode("big5"), "林"),
        ("utf8", "é".encode(), "é"),
        ("latin1", b"caf\xe9", "café"),
    ],
)
def test_bytes_are_read_in_their_encoding(encoding, raw, text):
    assert decoded(raw, encoding, "name", "till") == text
    assert encoding in ENCODINGS


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [("utf8", b"\xc1\xd6"), ("gbk", b"\xff\x80"), ("gbk", b"\xc1"), ("gb18030", b"\x80")],
)
def test_what_is_no_text_is_named_and_not_shown(encoding, raw):
    with pytest.raises(Garbled, match="name") as caught:
        decoded(raw, encoding, "name", "till")
    assert repr(raw) not in repr(caught.value)


def test_values_keep_their_digits():
    assert [str(plain(one)) for one in (0.1, 1e22, 5)] == ["0.1", "1E+22", "5"]
    assert [str(single(one)) for one in (1.100000023841858, 16777216.0)] == ["1.1", "16777216"]
    assert bits(b"\x01\x00") == 256
    assert plain(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"


def test_json_in_a_column_is_read_and_broken_json_is_garbled():
    columns = Columns(source="till", encoding="gbk", documents=frozenset({"lines"}))
    read = columns.reader("lines", plain, is_text=True)
    assert read('[{"名": 1.10}]'.encode("gbk")) == [{"名": Decimal("1.10")}]
    with pytest.raises(Garbled, match="no JSON in lines"):
        read(b'[{"private": ')
