"""A file of operations: both forms that tools write, and every fault with its line."""

import json
import time

import pytest

from capabilities.operations import operation_hash
from gateway.execution.operations_file import OperationsFault, inspect_operations, read_operations

ONE, TWO = "query One { channels { code } }", "query Two {\n  channels { name }\n}"
HASHES = {operation_hash(text): text for text in (ONE, TWO)}


@pytest.fixture
def file(tmp_path):
    def written(content):
        path = tmp_path / "operations.json"
        text = content if isinstance(content, str) else json.dumps(content, indent=2)
        path.write_text(text, "utf-8")
        return path

    return written


def apollo(*operations, **changes):
    head = {"format": "apollo-persisted-query-manifest", "version": 1}
    return head | {"operations": list(operations)} | changes


def entry(text, **changes):
    return {"id": operation_hash(text), "body": text, "name": "One", "type": "query"} | changes


def test_texts_by_their_hash_are_read(file):
    assert read_operations(file(HASHES)) == HASHES


def test_the_manifest_of_apollo_is_read(file):
    path = file(apollo(entry(ONE), entry(TWO, name="Two")))
    assert read_operations(path) == HASHES
    assert [one.name for one in inspect_operations(path).entries] == ["One", "Two"]


def test_a_file_without_operations_is_one(file):
    assert read_operations(file({})) == read_operations(file(apollo())) == {}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "no JSON"),
        ("[]", "an object of texts"),
        ('{"a": "x", "a": "y"}', "'a' stands twice"),
        ("[" * 100_000, "no JSON"),
        (apollo(version=2), "version 1"),
        (apollo(format="other"), "apollo-persisted-query-manifest"),
        (apollo(operations={}), "must be a list"),
    ],
)
def test_what_is_no_such_file_is_said(file, content, told):
    with pytest.raises(OperationsFault, match=told):
        inspect_operations(file(content))


def test_half_a_character_is_a_fault_of_its_entry(file):
    path = file(json.dumps({"a" * 64: "{ a } # \ud800", operation_hash(ONE): ONE}))
    found = inspect_operations(path)
    assert [one.text for one in found.entries] == [ONE]
    assert ["half of a character" in one for one in found.faults] == [True]


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(OperationsFault, match=r"nothing\.json"):
        read_operations(tmp_path / "nothing.json")


def test_every_fault_has_its_line(file):
    md5 = "a" * 32
    other = "b" * 64
    path = file({operation_hash(ONE): ONE, md5: ONE, other: TWO, operation_hash("x"): 1})
    found = inspect_operations(path)
    assert [one.text for one in found.entries] == [ONE]
    assert [one.split(": ")[0] for one in found.faults] == [f"{path}:{n}" for n in (3, 4, 5)]
    assert [
        told in one
        for told, one in zip(
            ("sha256 in 64", "another sha256", "missing"), found.faults, strict=True
        )
    ] == [True] * 3
    with pytest.raises(OperationsFault) as told:
        read_operations(path)
    assert told.value.message.count(str(path)) == 3


@pytest.mark.parametrize(
    "wrong", [entry(ONE, body=None), entry(ONE, id=1), entry(ONE, id=operation_hash(TWO)), 5, {}]
)
def test_an_entry_of_the_manifest_is_named_by_its_place(file, wrong):
    (fault,) = inspect_operations(file(apollo(entry(TWO), wrong))).faults
    assert "operations[1]" in fault


def test_a_hash_in_capitals_is_another_name(file):
    assert inspect_operations(file({operation_hash(ONE).upper(): ONE})).faults


def test_a_key_that_stands_twice_in_a_large_file_is_found_in_a_moment(file):
    pairs = [f'"{n}": 1' for n in (*range(50_000), 49_999)]
    began = time.process_time()
    with pytest.raises(OperationsFault, match="'49999' stands twice"):
        inspect_operations(file("{" + ", ".join(pairs) + "}"))
    assert time.process_time() - began < 5


def test_a_large_file_is_read_in_a_moment(file):
    texts = [f"query Q{n} {{ channels {{ code }} }} # {'x' * 1_000}" for n in range(5_000)]
    path = file({operation_hash(text): text for text in texts})
    began = time.process_time()
    entries = inspect_operations(path).entries
    assert [entries[0].line, entries[-1].line] == [2, 5_001]
    # Looking for each line from the start of the file would take minutes.
    assert time.process_time() - began < 10
