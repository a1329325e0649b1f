"""The calls: many callers after the same documents, people and orders at the same moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from tests.acceptance.interleaved import planted, questions
from tests.acceptance.interleaved.callers import (
    CALLERS,
    CONSUMERS,
    GUIDES,
    OPERATIONS,
    STRANGERS,
    Caller,
)
from tests.acceptance.interleaved.questions import Expected

# So many calls are about the same few documents and people before others come.
_TOPIC = 600
_KINDS = 4
_PEOPLE = 6
# A document is written in so many ways: more texts than are kept.
_WRITINGS = 5
# One client in so many goes away while it is being answered.
_LEAVES = 40
PAGES = (2, 5)
_STORES = (None, None, ("S1",), ("S2", "S3"), ("S1", "S4"))

Places = Mapping[tuple[str, int], str]


@dataclass(frozen=True)
class Call:
    """One question of one caller, and what she must be answered."""

    caller: Caller
    text: str
    variables: Mapping[str, Any]
    expected: Expected
    leaves_after: int | None = None


class Mix:
    """Calls without end; `places` are the cursors behind the first page of each scope."""

    def __init__(self, seed: int, places: Places) -> None:
        self._chance = Random(seed)  # noqa: S311 - a seeded generator is wanted
        self._places = places
        self._people: list[int] = []
        self._known: dict[Any, Expected] = {}

    def __iter__(self) -> Iterator[Call]:
        kinds = list(self._KINDS)
        while True:
            texts = self._chance.sample(kinds, _KINDS)
            writing = self._chance.randrange(_WRITINGS)
            self._people = [
                *self._chance.sample(CONSUMERS, _PEOPLE // 2),
                *self._chance.sample(range(planted.PEOPLE), _PEOPLE // 2),
            ]
            for _ in range(_TOPIC):
                yield self._call(self._chance.choice(texts), f"{'#' * writing}\n")

    def _call(self, kind: str, writing: str) -> Call:
        caller = self._chance.choice(CALLERS)
        text, variables, oracle, known = self._KINDS[kind](self, caller)
        key = kind, caller.name, known
        expected = self._known.get(key)
        if expected is None:
            expected = oracle(caller, *known)
            if caller.name in STRANGERS:
                expected = Expected(None, (((), "UNAUTHENTICATED"),), admitted=False)
            self._known[key] = expected
        leaves = self._chance.randrange(12) if not self._chance.randrange(_LEAVES) else None
        return Call(caller, text + writing, variables, expected, leaves)

    def _someone(self, *, well: bool = False) -> int:
        who = self._chance.choice(self._people)
        return who if not (well and planted.poisoned(who)) else planted.POISONED

    def _person(self, _: Caller) -> Any:
        who: int | None = self._someone()
        n, held = self._chance.choice(PAGES), self._chance.random() < 0.5
        by = self._named(who)
        if not self._chance.randrange(20):
            who, by = None, {"phone": "13700009999"}
        variables = {"by": by, "n": n, "held": held}
        return questions.PERSON, variables, questions.person, (who, n, held)

    def _named(self, who: int) -> dict[str, Any]:
        """One of the ways to name a person; of the poisoned ones nobody keeps an id."""
        ways: list[dict[str, Any]] = [{"phone": planted.phone(who)}]
        if not planted.poisoned(who):
            own = questions.held_by(who)[0]
            ways.append({"id": questions.member_id(who)})
            ways.append({"membership": {"channel": own.channel, "number": own.number}})
        return self._chance.choice(ways)

    def _me(self, _: Caller) -> Any:
        n, held = self._chance.choice(PAGES), self._chance.random() < 0.5
        return questions.ME, {"n": n, "held": held}, questions.me, (n, held)

    def _both(self, _: Caller) -> Any:
        who, n = self._someone(), self._chance.choice(PAGES)
        held = self._chance.random() < 0.5
        variables = {"by": self._named(who), "n": n, "held": held}
        return questions.BOTH, variables, questions.both, (who, n, held)

    def _list(self, _: Caller) -> Any:
        n, stores = self._chance.choice(PAGES), self._chance.choice(_STORES)
        variables: dict[str, Any] = {"n": n}
        if stores is not None:
            variables["filter"] = {"stores": list(stores)}
        return questions.LIST, variables, questions.orders, (n, stores, 0)

    def _walk(self, caller: Caller) -> Any:
        """The second page, with her own cursor or with one that was given to somebody else."""
        n = self._chance.choice(PAGES)
        owner = self._chance.choice((OPERATIONS, *GUIDES))
        variables = {"n": n, "after": self._places[owner.name, n]}
        if owner.stores == caller.stores:
            return questions.LIST, variables, questions.orders, (n, None, 1)
        return questions.LIST, variables, questions.another_walk, ()

    def _order(self, _: Caller) -> Any:
        who = self._someone(well=True)
        own = [one for one in planted.BOUGHT if one.person == who]
        found = self._chance.choice(own if self._chance.randrange(10) else planted.BOUGHT[-8:])
        by: dict[str, Any] = {"business": {"channel": found.channel, "number": found.number}}
        if self._chance.random() < 0.5:
            by = {"id": questions.id_of(found)}
        return questions.ORDER, {"by": by}, questions.order, (found,)

    def _nodes(self, _: Caller) -> Any:
        people = self._several()
        ids = [questions.id_of(one) for who in people for one in questions.objects_of(who)]
        return questions.NODES, {"ids": ids}, questions.nodes, (people,)

    def _entities(self, _: Caller) -> Any:
        people = self._several()
        of = [
            {"__typename": kind, "id": questions.id_of(one)}
            for who in people
            for kind, one in zip(("Member", "Order"), questions.objects_of(who), strict=False)
        ]
        return questions.ENTITIES, {"of": of}, questions.entities, (people,)

    def _several(self) -> tuple[int, ...]:
        count = self._chance.randrange(1, 4)
        return tuple(dict.fromkeys(self._someone(well=True) for _ in range(count)))

    def _members(self, _: Caller) -> Any:
        n, stores = self._chance.choice(PAGES), self._chance.choice(_STORES)
        variables: dict[str, Any] = {"n": n}
        if stores is not None:
            variables["filter"] = {"homeStores": list(stores)}
        return questions.MEMBERS, variables, questions.members, (n, stores)

    def _costly(self, _: Caller) -> Any:
        n = self._chance.choice((20, 60))
        return questions.COSTLY, {"n": n}, questions.costly, (n,)

    def _reference(self, _: Caller) -> Any:
        return questions.REFERENCE, {}, questions.reference, ()

    _KINDS: ClassVar[dict[str, Any]] = {
        "person": _person,
        "me": _me,
        "both": _both,
        "list": _list,
        "walk": _walk,
        "order": _order,
        "nodes": _nodes,
        "entities": _entities,
        "members": _members,
        "costly": _costly,
        "reference": _reference,
    }
