"""Which text an id stands for, in each mode; and what each of them refuses."""

import contextlib
import tracemalloc

import pytest

from capabilities.operations import operation_hash
from gateway.execution.persisted import (
    OperationMismatch,
    OperationNotTrusted,
    OperationRefused,
    OperationUnknown,
    PersistedOperations,
)

KNOWN, OTHER = "query K { channels { code } }", "{ channels { name } }"


class Shelf:
    def text(self, sha256):
        return {operation_hash(KNOWN): KNOWN}.get(sha256)


def made(trusted="off", automatic=False):
    return PersistedOperations(Shelf(), trusted, automatic=automatic)


@pytest.mark.parametrize("trusted", ["off", "only"])
def test_a_registered_operation_is_asked_by_its_hash_its_text_or_both(trusted):
    operations, sha256 = made(trusted), operation_hash(KNOWN)
    for text, named in ((None, sha256), (KNOWN, None), (KNOWN, sha256)):
        assert operations.text(text, named) == KNOWN


def test_any_text_is_answered_where_any_may_be_asked():
    assert made().text(OTHER, None) == OTHER
    assert made().text(OTHER, operation_hash(OTHER)) == OTHER


def test_an_unknown_hash_is_said_in_apollos_words():
    with pytest.raises(OperationUnknown) as told:
        made().text(None, operation_hash(OTHER))
    assert (told.value.message, told.value.code) == (
        "PersistedQueryNotFound",
        "PERSISTED_QUERY_NOT_FOUND",
    )


def test_a_text_under_the_name_of_another_is_refused():
    for text in (OTHER, KNOWN + " ", KNOWN.replace("code", "name")):
        with pytest.raises(OperationMismatch):
            made().text(text, operation_hash(KNOWN))


@pytest.mark.parametrize(
    ("text", "sha256"),
    [
        (OTHER, None),
        (OTHER, operation_hash(OTHER)),
        (OTHER, operation_hash(KNOWN)),
        (KNOWN, operation_hash(OTHER)),
        (None, operation_hash(OTHER)),
        (None, None),
        ("{ __schema { types { name } } }", None),
    ],
)
def test_only_trusted_documents_means_nothing_else_in_the_same_words(text, sha256):
    with pytest.raises(OperationNotTrusted) as told:
        made("only", automatic=True).text(text, sha256)
    assert told.value.args == OperationNotTrusted().args


def test_a_client_persists_by_itself_in_development_only():
    for automatic in (False, True):
        operations = made(automatic=automatic)
        operations.text(OTHER, operation_hash(OTHER))
        if automatic:
            assert operations.text(None, operation_hash(OTHER)) == OTHER
        else:
            with pytest.raises(OperationUnknown):
                operations.text(None, operation_hash(OTHER))


def test_an_operator_hears_how_operations_are_asked():
    told = []
    operations = PersistedOperations(Shelf(), "off", automatic=False, asked=told.append)
    known, other = operation_hash(KNOWN), operation_hash(OTHER)
    for asked in ((KNOWN, None), (None, known), (KNOWN, known), (None, other), (OTHER, known)):
        with contextlib.suppress(OperationRefused):
            operations.text(*asked)
    assert told == ["TEXT", "ID", "ID", "PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_MISMATCH"]


def test_what_clients_persist_is_bounded():
    operations = made(automatic=True)
    texts = [f"{{ a{n} }} #" + "x" * 90_000 for n in range(200)]
    for text in (*texts, "#" * 200_000):
        operations.text(text, operation_hash(text))
    kept = operations._automatic
    assert 0 < len(kept) < 100
    assert kept.currsize <= kept.maxsize


def test_short_texts_of_clients_weigh_what_they_take():
    operations = made(automatic=True)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for place in range(2_000):
        text = f"{{{place}}}"
        operations.text(text, operation_hash(text))
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken / 2 < operations._automatic.currsize < taken * 2
