"""Counting beside the plans: nothing is lost, and nobody makes it grow."""

from graphql import build_schema, get_operation_ast, parse

from capabilities.adoption.states import Side
from capabilities.caller import Caller, Role, Visibility
from capabilities.estate import Capability
from capabilities.usage.client import OTHER, WITHHELD, Client
from capabilities.usage.records import Path
from gateway.usage import clients, counting
from gateway.usage.clients import Clients
from gateway.usage.counting import Counting
from gateway.usage.doors import DoorUses

SCHEMA = build_schema("type Query { a: Int b: Int }")
TILL, SHOP = Client("key:till"), Client("key:shop", "web")


def use_of(book, text):
    document = parse(text)
    return book.use(SCHEMA, document, get_operation_ast(document, None), text)


def total(counted):
    return sum(counted.runs.values())


def test_runs_of_several_plans_of_one_operation_are_one():
    book = Counting()
    for _role in range(2):
        use = use_of(book, "query Q { a }")
        for client in (TILL, TILL, SHOP):
            use.ran(client)
    counted = book.take()
    ((key, operation),) = counted.operations.items()
    assert (key.name, operation.kind) == ("Q", "QUERY")
    assert "Query.a" in operation.coordinates
    assert counted.runs == {(TILL, key): 4, (SHOP, key): 2}


def test_what_was_taken_is_counted_anew():
    book = Counting()
    use = use_of(book, "{ a }")
    use.ran(TILL)
    assert total(book.take()) == 1
    assert book.take().nothing
    use.ran(TILL)
    assert total(book.take()) == 1


def test_a_source_that_a_run_was_answered_from_counts_once_a_run():
    book = Counting()
    use = use_of(book, "{ a }")
    legacy = ("woo", "jd", Capability.MEMBER, Side.LEGACY)
    for _ in range(3):
        use.ran(TILL)
        use.reached(TILL, {legacy})
    ((key, count),) = book.take().reads.items()
    assert (key[0], key[2], count) == (TILL, Path(*legacy), 3)
    assert book.take().nothing


def test_what_a_run_read_counts_also_where_the_run_was_taken_before():
    book = Counting()
    use = use_of(book, "{ a }")
    use.ran(TILL)
    assert total(book.take()) == 1
    use.reached(TILL, {("woo", "jd", Capability.MEMBER, Side.LEGACY)})
    assert list(book.take().reads.values()) == [1]


def test_no_run_is_lost_where_too_many_documents_are_thought_up(monkeypatch):
    monkeypatch.setattr(counting, "MOST_WAITING", 10)
    monkeypatch.setattr(counting, "MOST_OPERATIONS", 5)
    book = Counting()
    uses = [use_of(book, f"query Q{chr(97 + place)} {{ a b }}") for place in range(26)]
    for use in (*uses, *uses):
        use.ran(TILL)
        assert len(book._waiting) <= 11
    counted = book.take()
    assert total(counted) == 52
    assert len(counted.operations) <= 6
    others = [one for one in counted.operations.values() if one.key.sha256 == OTHER]
    assert len(others) == 1
    assert {"Query.a", "Query.b"} <= set(others[0].coordinates)


def test_an_operation_whose_name_could_be_a_persons_has_none():
    book = Counting()
    use_of(book, "query Q13912345678 { a }").ran(TILL)
    assert {key.name for key in book.take().operations} == {WITHHELD}


def test_clients_beyond_the_bound_are_one(monkeypatch):
    monkeypatch.setattr(clients, "MOST_NAMES", 3)
    visibility = Visibility(role=Role.OPERATIONS, brand="baiwei")
    caller = Caller(subject="key:till", visibility=visibility, machine=True)
    known = Clients()
    names = [known.of(caller, chr(97 + place).encode()).name for place in range(9)]
    assert names == ["a", "b", "c", *[OTHER] * 6]
    assert known.of(caller, b"a") == Client("key:till", "a")
    another = Caller(subject="key:desk", visibility=visibility, machine=True)
    assert known.of(another, b"desk-app") == Client("key:desk", "desk-app")


def test_a_question_of_a_door_counts_under_its_own_word():
    book = Counting()
    doors = DoorUses(book)
    visibility = Visibility(role=Role.SERVICE, brand="baiwei")
    caller = Caller(subject="key:old", visibility=visibility, machine=True)
    sources = {("woo", "web", Capability.MEMBER, Side.LEGACY)}
    for _ in range(2):
        doors.answered(caller, "woocommerce GET customers", sources)
    counted = book.take()
    (key,) = counted.operations
    assert (key.document_id, key.name) == ("(door)", "woocommerce GET customers")
    assert counted.runs == {(Client("key:old"), key): 2}
    assert list(counted.reads.values()) == [2]
