"""Whoever may not see a person or a store follows nothing of theirs, however they are named."""

import pytest

from capabilities.caller import Role
from tests.gateway.naming.filling import Filling
from tests.gateway.naming.test_arguments import SCHEMA, WAYS, kinds

FILLING = Filling(SCHEMA)
CELLS = [(way, kind) for way in WAYS if way.operation == "subscription" for kind in kinds(way)]
FROM_THE_BEGINNING = "0.0.0"


def followed(shelf, token, way, named):
    """The first that a subscription tells, from the beginning of all events."""
    variables, query = FILLING.variables(way, named, {}), FILLING.question(way, "S")
    if "after" in SCHEMA.subscription_type.fields[way.root].args:
        variables |= {"after": FROM_THE_BEGINNING}
        query = query.replace("S(", "S($after: ID, ", 1)
        query = query.replace(f"{way.root}(", f"{way.root}(after: $after, ", 1)
    return shelf.first_told(token, query, variables)


def test_every_way_to_follow_is_a_cell():
    named = {way.root for way in WAYS if way.operation == "subscription"}
    # its channel is the brand's own: whom it is told, tests/gateway/live/test_differences.py shows
    assert named == set(SCHEMA.subscription_type.fields) - {"adoptionDiff"}
    assert {way.root for way, _ in CELLS} >= {"orderChanged", "reservation"}


def of_channels(neighbour):
    return neighbour.endswith("of another channel")


@pytest.mark.parametrize(("way", "kind"), CELLS, ids=str)
def test_what_is_anothers_is_as_what_is_nobodys(shelf, way, kind):
    shelf.hers("order")
    theirs, nothing = shelf.hers(kind), shelf.nobodys(kind)
    for neighbour, token in shelf.neighbours.items():
        if kind == "store" and of_channels(neighbour):
            continue  # a store has many channels: below
        told = [followed(shelf, token, way, one) for one in (theirs, nothing)]
        assert told[0] == told[1], neighbour
        assert told[0]["errors"], neighbour


def test_of_a_store_a_caller_is_told_of_the_orders_of_her_channels_alone(shelf):
    (way,) = (way for way, kind in CELLS if kind == "store")
    first = shelf.sold("own", "M1")
    hers = shelf.sold("club", "M1")
    for neighbour, token in shelf.neighbours.items():
        if of_channels(neighbour):
            told = followed(shelf, token, way, {"code": "M1"})
            assert told["data"]["orderChanged"]["OrderChange_orderId"] == hers, neighbour
    told = followed(shelf, shelf.token(Role.SERVICE), way, {"code": "M1"})
    assert told["data"]["orderChanged"]["OrderChange_channelCode"] == "own", first
