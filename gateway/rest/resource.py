"""A resource ready to answer: its declaration, checked against its operation and the contract."""

from graphql import is_list_type
from graphql.type import get_nullable_type
from msgspec import Struct

from gateway.rest.declared import DeclaredResource
from gateway.rest.shape import Place, place_at
from gateway.rest.template import Template
from gateway.rest.values import Binding

PREFIX = "/api"


class Pages(Struct, frozen=True, kw_only=True):
    """How a list goes on: where its connection stands, and the parameters that turn its pages.

    `rows` is the key of its rows in the connection; a parameter is None where none is published.
    """

    connection: tuple[str, ...]
    rows: str
    after: str
    first: str | None = None
    before: str | None = None
    last: str | None = None

    @property
    def turns_back(self) -> bool:
        """Whether its pages are read from the end too."""
        return self.before is not None and self.last is not None


class Resource(Struct, frozen=True, kw_only=True):
    """One method of one address.

    `whole` is the shape of the operation's answer, `body` of the part that is answered, at `way`.
    `refusals` are the types that say no; an answer is `personal` where somebody owns a part of it.
    """

    name: str
    declared: DeclaredResource
    template: Template
    sha256: str
    operation_name: str | None
    writes: bool
    bindings: tuple[Binding, ...]
    way: tuple[str, ...]
    whole: Place
    body: Place
    pages: Pages | None
    refusals: frozenset[str]
    personal: bool

    @property
    def route(self) -> str:
        """What logs and figures show: the address with its places, never what stood there."""
        return f"{PREFIX}{self.template.text}"

    @property
    def row(self) -> Place | None:
        """The shape of one row, where the body is a list."""
        if self.pages is not None:
            return place_at(self.whole, (*self.pages.connection, self.pages.rows))
        return self.body if is_list_type(get_nullable_type(self.body.type)) else None

    def bound(self, place: str) -> tuple[Binding, ...]:
        """What comes from the path, the query, the body or a header."""
        return tuple(one for one in self.bindings if one.place == place)
