"""Whoever may not see an object learns nothing by naming it, in any argument of the contract.

Every argument that names an object, for every neighbour: what somebody else has is answered as what
nobody has. And who may see it is answered otherwise, or the answer would prove nothing.
"""

import secrets

import pytest
from msgspec.structs import replace

from capabilities.caller import Role
from gateway.execution.plan import plan
from schema.build import build_schema
from tests.gateway.naming.filling import Filling
from tests.gateway.naming.ways import KINDS, NAMED, NOBODYS, ways
from tests.schema.test_visibility_matrix import Replayed

SCHEMA = build_schema()._schema
WAYS = ways(SCHEMA)
FILLING = Filling(SCHEMA)
TYPES = ("Member", "Membership", "Order", "Coupon")
ENTITIES = ("Member", "Order")
ASKED = [way for way in WAYS if way.operation != "subscription"]


def kinds(way):
    """The kinds of objects that a way is asked with."""
    if way.kind == NOBODYS:
        return []
    if way.kind != "object":
        return [way.kind]
    types = ENTITIES if way.root == "_entities" else TYPES
    return [f"object: {one}" for one in types]


# Where naming somebody changes no answer, not even that of who may see her, and why.
TELLS_NOBODY = {
    "newProductRecommendations.member": "who bought nothing has none, as has nobody",
    "MemberKey.cardNumber": "cards are looked up in systems, and none here knows any",
    "QuoteInput.coupons": "promotions alone tell of a unit, and none is in force",
    "SeenMemberInput.member": "only of those that are merged is it asked",
    "UnmergeMembersInput.memberships": "her only membership is no part that can be taken out",
}
CELLS = [(way, kind) for way in ASKED for kind in kinds(way)]


def test_every_argument_that_names_an_object_says_what_it_names():
    found = {way.coordinate for way in WAYS}
    assert sorted(found - NAMED.keys()) == []
    assert sorted(NAMED.keys() - found) == []


def test_a_new_argument_is_found_wherever_it_stands():
    assert {str(way) for way in WAYS} >= {
        "node(id)",
        "_entities(representations)",
        "member(by.membership)",
        "returnOrder(input.order)",
        "mergeMembers(input.seen.member)",
        "quote(input.coupons)",
        "orderChanged(on.member.phone)",
    }


def asked(shelf, token, way, kind, named, mine, engine="plan"):
    """What a caller is answered who names an object in this way."""
    if way.root == "_entities":
        named = {"__typename": kind.removeprefix("object: "), "id": named}
    variables = FILLING.variables(way, named, mine)
    if way.operation == "mutation":
        variables["input"]["idempotencyKey"] = secrets.token_hex(8)
    return shelf.ask(token, FILLING.question(way, f"Q_{engine}"), variables)


@pytest.fixture(scope="module")
def mine(shelf):
    """One of every kind that is the neighbour's."""
    return {kind: shelf.mine(kind) for kind in KINDS if kind not in (NOBODYS, "object")} | {
        NOBODYS: "s1"
    }


@pytest.mark.parametrize(("way", "kind"), CELLS, ids=str)
def test_what_is_anothers_is_as_what_is_nobodys(shelf, mine, way, kind):
    theirs, nothing = shelf.hers(kind), shelf.nobodys(kind)
    for neighbour, token in shelf.neighbours.items():
        told = [asked(shelf, token, way, kind, one, mine) for one in (theirs, nothing)]
        assert told[0] == told[1], neighbour
    if way.coordinate not in TELLS_NOBODY:
        hers, admin = {**mine, "membership": shelf.last}, shelf.token(Role.ADMIN)
        told = [asked(shelf, admin, way, kind, one, hers) for one in (theirs, nothing)]
        assert told[0] != told[1], told[0]


class Engines:
    """Which engines answered."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def made(self, init):
        """Plans that say who answered instead of counting it."""

        def heard(by, _reason):
            self.ran.append(by)

        def made(one, core, *given):
            init(one, replace(core, ran=heard), *given)

        return made


# The kinds whose scope is applied in a way of its own: people, what hangs on them, orders.
BY_EVERY_ENGINE = ("object: Member", "object: Order", "order", "membership", "phone")


@pytest.mark.parametrize("engine", [plan.CORE, plan.REPLAY])
@pytest.mark.parametrize("kind", BY_EVERY_ENGINE)
def test_the_other_engines_tell_no_more(shelf, mine, engine, kind, monkeypatch):
    if engine == plan.REPLAY:
        monkeypatch.setattr(plan, "Run", Replayed)
    else:
        monkeypatch.setattr(plan.Plan, "_prepare", lambda _: "a test")
    engines, name = Engines(), "".join(filter(str.isalpha, f"{engine}{kind}"))
    monkeypatch.setattr(plan.Plan, "__init__", engines.made(plan.Plan.__init__))
    theirs, nothing = shelf.hers(kind), shelf.nobodys(kind)
    for way in (way for way, one in CELLS if one == kind):
        for neighbour, token in shelf.neighbours.items():
            told = [asked(shelf, token, way, kind, one, mine, name) for one in (theirs, nothing)]
            assert told[0] == told[1], (str(way), neighbour)
    assert engine in engines.ran
