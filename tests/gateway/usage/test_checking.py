"""What another contract breaks for whom: what is used, by name, and nothing else."""

from datetime import UTC, datetime

from graphql import build_schema, get_operation_ast, parse

from capabilities.operations import operation_hash
from capabilities.usage.client import Client
from capabilities.usage.records import OperationKey, OperationUsage
from gateway.usage.checking import Known, check_contract
from gateway.usage.coordinates import coordinates_of

CONTRACT = "type Query {{ a: Int {b} c(x: Int{more}): Int }}"
OLD = build_schema(CONTRACT.format(b="b: Int", more=""))
AT = datetime(2026, 11, 27, 8, tzinfo=UTC)
TILL, SHOP = Client("key:till"), Client("token:CONSUMER", "web")


def known(runs, registered=()):
    """What was counted: texts by who ran them, how often."""
    ran, coordinates = [], {}
    for text, client, count in runs:
        document = parse(text)
        operation = get_operation_ast(document, None)
        name = operation.name.value if operation.name else ""
        key = OperationKey(operation_hash(text), name)
        coordinates[key] = coordinates_of(OLD, document, operation)
        told = {"kind": "QUERY", "client": client, "count": count, "last_used_at": AT}
        ran.append(OperationUsage(key=key, **told))
    return Known(ran=ran, coordinates=coordinates, registered=registered)


def test_a_field_that_somebody_selects_breaks_for_her_alone():
    new = build_schema(CONTRACT.format(b="", more=""))
    runs = [("query A { a }", SHOP, 9), ("query B { b }", TILL, 5), ("{ b a }", SHOP, 7)]
    verdict = check_contract(OLD, new, known(runs))
    assert verdict.breaks
    (broken,) = verdict.breaking
    assert broken.change.description == "Field Query.b was removed."
    told = [(one.operation, one.client, one.count, one.last_used_at) for one in broken.affected]
    assert told == [("", SHOP, 7, AT), ("B", TILL, 5, AT)]


def test_a_field_that_nobody_selects_is_safe():
    new = build_schema(CONTRACT.format(b="", more=""))
    verdict = check_contract(OLD, new, known([("{ a }", SHOP, 9)]))
    assert not verdict.breaks
    assert [one.change.coordinates for one in verdict.safe] == [("Query.b",)]


def test_a_registered_text_is_validated_whether_or_not_the_comparison_knew():
    new = build_schema(CONTRACT.format(b="b: Int", more=" y: Int!"))
    text = "query C { c(x: 1) }"
    verdict = check_contract(OLD, new, known([(text, TILL, 2)], [text]))
    (unfit,) = verdict.unfit
    assert verdict.breaks
    assert unfit.faults[0].startswith("1:11: ")
    assert [(one.operation, one.registered) for one in unfit.affected] == [("C", True)]


def test_a_registered_operation_that_nobody_asks_is_named_and_breaks_nothing():
    new = build_schema(CONTRACT.format(b="", more=""))
    verdict = check_contract(OLD, new, known([], ["query Kept { b }"]))
    assert not verdict.breaks
    (one,) = verdict.safe[0].affected
    assert (one.operation, one.client, one.count) == ("Kept", None, 0)


def test_a_registered_text_that_did_not_fit_before_says_nothing_of_the_change():
    verdict = check_contract(OLD, OLD, known([], ["{ native }"]))
    assert not verdict.unfit


def test_the_same_contract_changes_nothing():
    verdict = check_contract(OLD, OLD, known([("{ a b }", SHOP, 1)]))
    assert [verdict.breaks, *verdict.safe, *verdict.dangerous] == [False]
