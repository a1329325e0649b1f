"""What a soak asks: a new operation about a new member each time, and now and then a mistake."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from bench.upstream import members

_MISTAKE_ONE_IN = 20
_LEAVES_ONE_IN = 30
# Of the others, one in so many is an operation that was asked before, about a new member.
_KNOWN_ONE_IN = 3
_KNOWN = """query Known($phone: String!, $n: Int!) {
  member(by: {phone: $phone}) { id memberships { number } orders(first: $n) { nodes { number } } }
}"""
_AT_ONCE = 25
_INTRODUCTION = (
    f"query Introduction({' '.join(f'$p{one}: String!' for one in range(_AT_ONCE))}) {{ "
    + " ".join(f"m{one}: member(by: {{phone: $p{one}}}) {{ id }}" for one in range(_AT_ONCE))
    + " }"
)
_FIELDS = (
    "id",
    "displayName",
    "phoneMasked",
    "memberships { number status tier { name } points { available } channel { code name } }",
    "memberships { id number joinedAt source { connector } }",
    "orders(first: %d) { nodes { number status placedAt total { amount currency } } }",
    "orders(first: %d) { edges { cursor node { id lines { rawSku name total { amount } } } } }",
    "orders(last: %d) { nodes { number channel { code } } sources { name status } }",
    "sources { name status }",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One request; `mistake` is the client's, `leaves_after` seconds she waits no longer."""

    body: bytes
    headers: Mapping[str, str]
    mistake: str | None = None
    leaves_after: float | None = None


class Questions:
    """Questions without end; no operation and no member comes twice.

    The first `introduced` members are none of theirs: they fill what is kept of people before.
    """

    def __init__(self, token: str, *, introduced: int = 0, seed: int = 1) -> None:
        self._introduced = introduced
        self._chance = Random(seed)  # noqa: S311 - a seeded generator is wanted
        self._count = 0
        self._headers = {
            "content-type": "application/json",
            "authorization": f"Bearer {token}",
        }

    def next(self) -> Question:
        """The next question."""
        self._count += 1
        if not self._chance.randrange(_MISTAKE_ONE_IN):
            mistake = self._chance.choice(sorted(_MISTAKES))
            return _MISTAKES[mistake](self)
        leaves = None
        if not self._chance.randrange(_LEAVES_ONE_IN):
            leaves = self._chance.random() * 0.02
        if not self._chance.randrange(_KNOWN_ONE_IN):
            variables = {"phone": self._phone(), "n": self._chance.randrange(1, 20)}
            return self._asked(_KNOWN, variables=variables, leaves_after=leaves)
        return self._asked(self._operation(), leaves_after=leaves)

    def introductions(self) -> Iterator[Question]:
        """One operation that names all the members who are introduced, many at a time."""
        for first in range(0, self._introduced, _AT_ONCE):
            phones = {f"p{one}": members.phone(first + one) for one in range(_AT_ONCE)}
            yield self._asked(_INTRODUCTION, variables=phones)

    def _operation(self) -> str:
        """A text that nobody has asked before: its name, its alias and its member are new."""
        chosen = self._chance.sample(_FIELDS, self._chance.randrange(1, 5))
        fields = [
            f"f{place}: {one % self._chance.randrange(1, 30) if '%d' in one else one}"
            for place, one in enumerate(chosen)
        ]
        return (
            f"query Soak{self._count} {{ m{self._count}: "
            f'member(by: {{phone: "{self._phone()}"}}) {{ {" ".join(fields)} }} }}'
        )

    def _phone(self) -> str:
        return members.phone((self._introduced + self._count) % members.MEMBERS)

    def _asked(
        self, query: str, *, variables: Mapping[str, Any] | None = None, **more: Any
    ) -> Question:
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        return Question(body, self._headers, **more)

    def _unreadable(self) -> Question:
        return self._asked(f"query {{ member{self._count}(", mistake="syntax")

    def _unfit(self) -> Question:
        return self._asked(f"{{ nothing{self._count} }}", mistake="unknown field")

    def _deep(self) -> Question:
        text = "{ memberships { channel { id } } }" * 400
        return self._asked(f"{{ a{self._count}: {text} }}", mistake="too long")

    def _no_variable(self) -> Question:
        return self._asked(_KNOWN, variables={f"v{self._count}": 1}, mistake="variables")

    def _no_operation(self) -> Question:
        body = {"query": _KNOWN, "operationName": f"N{self._count}"}
        return Question(json.dumps(body).encode(), self._headers, mistake="operation name")

    def _no_json(self) -> Question:
        return Question(b"{" + str(self._count).encode(), self._headers, mistake="body")

    def _stranger(self) -> Question:
        told = {**self._headers, "authorization": f"Bearer token{self._count}"}
        return Question(b'{"query": "{ __typename }"}', told, mistake="token")

    def _in_a_hurry(self) -> Question:
        one = self._asked(self._operation(), mistake="deadline")
        return Question(one.body, {**one.headers, "x-santong-deadline-ms": "10"}, "deadline")

    def _nobody(self) -> Question:
        query = f'{{ n{self._count}: member(by: {{phone: "12{self._count}"}}) {{ id }} }}'
        return self._asked(query, mistake="phone")

    def _foreign_cursor(self) -> Question:
        query = f'{{ orders(first: 5, after: "c{self._count}") {{ nodes {{ id }} }} }}'
        return self._asked(query, mistake="cursor")


_MISTAKES: dict[str, Callable[[Questions], Question]] = {
    name: getattr(Questions, name)
    for name in (
        *("_unreadable", "_unfit", "_deep", "_no_variable", "_no_operation", "_no_json"),
        *("_stranger", "_in_a_hurry", "_nobody", "_foreign_cursor"),
    )
}
