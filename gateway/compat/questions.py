"""What may be asked of the shop's interface: parameters that mean something here, and no others.

The shop itself ignores what it does not know, and answers more than was asked for; here that is
refused, or a filter would seem to hold that does not.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus

from msgspec import Struct

from capabilities.estate import Capability
from gateway.compat.proof import asked_for
from gateway.compat.wire import CompatAsked, Pairs, no_route, wrong

_PAGES = ("page", "per_page", "offset", "order", "orderby", "include", "exclude", "search")
_SHAPE = ("_fields", "context")
_TIMES = ("after", "before", "modified_after", "modified_before", "dates_are_gmt")
# What may be written as `name[]=` too; of all others one value alone is understood.
_LISTED = frozenset(("include", "exclude", "status", "_fields"))
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_MOST_DIGITS = 9
_LONGEST = 2_000


class Resource(Struct, frozen=True, kw_only=True):
    """One list of things: what it is in the estate and in manifests, and what may be asked of it.

    `absent` is the word of a number that nothing has.
    """

    name: str
    capability: Capability
    section: str
    of_list: frozenset[str]
    of_one: frozenset[str]
    absent: str


RESOURCES: Mapping[str, Resource] = {
    one.name: one
    for one in (
        Resource(
            name="customers",
            capability=Capability.MEMBER,
            section="memberships",
            of_list=frozenset((*_PAGES, *_SHAPE, "email", "role")),
            of_one=frozenset(_SHAPE),
            absent="woocommerce_rest_invalid_id",
        ),
        Resource(
            name="orders",
            capability=Capability.ORDER,
            section="orders",
            of_list=frozenset((*_PAGES, *_SHAPE, *_TIMES, "status", "customer", "dp")),
            of_one=frozenset((*_SHAPE, "dp")),
            absent="woocommerce_rest_shop_order_invalid_id",
        ),
    )
}


class Question(Struct, frozen=True, kw_only=True):
    """A read that is understood; `query` is what the shop is asked, `fields` what is shown."""

    resource: Resource
    number: str | None
    query: Pairs
    fields: frozenset[str] | None = None
    page: int = 1

    @property
    def path(self) -> str:
        """Where the shop has it."""
        return self.resource.name if self.number is None else f"{self.resource.name}/{self.number}"

    def first(self, name: str) -> str | None:
        """The value of a parameter."""
        return next((value for key, value in self.query if key == name), None)

    def several(self, name: str) -> list[str]:
        """The values of a parameter that is written as a list, in any of the shop's ways."""
        texts = [value for key, value in self.query if key.partition("[")[0] == name]
        return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def question_of(asked: CompatAsked) -> Question:
    """What is asked; CompatRefused where that is nothing of this interface."""
    resource = RESOURCES.get(asked.resource)
    if resource is None or (asked.number is not None and not _NUMBER.fullmatch(asked.number)):
        raise no_route()
    given = asked_for(asked.query)
    _check(given, resource.of_list if asked.number is None else resource.of_one)
    query = [(name, value) for name, value in given if name.partition("[")[0] not in _SHAPE]
    return Question(
        resource=resource,
        number=asked.number,
        query=query,
        fields=_fields([value for name, value in given if name.startswith("_fields")]),
        page=_page(next((value for name, value in query if name == "page"), None)),
    )


def _check(given: Pairs, known: frozenset[str]) -> None:
    for name, value in given:
        if name.partition("[")[0] not in known:
            shown = name if re.fullmatch(r"[A-Za-z_\[\]0-9]{1,40}", name) else "a name"
            raise wrong(shown, f"not taken here; choose from {', '.join(sorted(known))}")
        if "[" in name and name.partition("[")[0] not in _LISTED:
            raise wrong(name.partition("[")[0], "one value, and no list")
        if len(value) > _LONGEST or not value.isprintable():
            raise wrong(name, "too long, or not printable")
        if name == "context" and value != "view":
            raise wrong(name, "view is the only one")
        if name == "dp" and not (value.isascii() and value.isdigit() and len(value) == 1):
            raise wrong(name, "a whole number to 9")  # a sum of money has no more places


def _fields(given: list[str]) -> frozenset[str] | None:
    names = [name.strip().partition(".")[0] for text in given for name in text.split(",")]
    return frozenset(names) if given else None


def _page(text: str | None) -> int:
    if text is None:
        return 1
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and int(text) > 0):
        raise wrong("page", "a whole number from 1")
    return int(text)


def is_relayed(status: int) -> bool:
    """Whether a refusal of the shop's own is its client's to know."""
    return status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
