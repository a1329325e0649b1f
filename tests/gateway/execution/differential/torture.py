"""A schema with every feature of GraphQL, declared in the ways that the contract is.

Views over records and plain Strawberry types; what a resolver answers is drawn for its place in
the answer, so it is the same in every run of one operation (`scene.py`).
"""

import math
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from graphql import GraphQLSchema, TypeMetaFieldDef
from strawberry import UNSET, Parent
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from schema.context import Ask
from schema.scalars import SCALARS
from schema.view import asked, plain, view
from tests.gateway.execution.differential import records
from tests.gateway.execution.differential.records import Colour, Mood, Odd, Size

_ANY = "Drawn."


def _odd_out(value: int) -> int:
    if value % 2 == 0:
        raise ValueError("an even number")
    return value


def _odd_in(value: object) -> int:
    if not isinstance(value, int) or value % 2 == 0:
        raise ValueError("not an odd number")
    return value


ODD = strawberry.scalar(name="Odd", serialize=_odd_out, parse_value=_odd_in)


def drawn(contract: object, annotation: Any, *, sync: bool = False) -> Any:
    """A field whose resolver answers what the scene draws for its place."""

    def resolve_now(info: Ask) -> Any:
        return info.context.reader.answer(info, annotation)  # type: ignore[attr-defined]

    async def resolve(info: Ask) -> Any:
        return await info.context.reader.later(info, annotation)  # type: ignore[attr-defined]

    resolver = resolve_now if sync else resolve
    resolver.__doc__ = _ANY
    return asked(contract)(staticmethod(resolver))


def said(value: Any) -> str:
    """Arguments as a text: what differs here differs in the answer."""
    if isinstance(value, Range | Pick | Filter):
        value = {name: getattr(value, name) for name in value.__annotations__}
    if isinstance(value, dict):
        return "{" + ",".join(f"{name}:{said(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(said(one) for one in value) + "]"
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return f"{value:.1f}"
    return "unset" if value is UNSET else repr(value)


def echoed(info: Any, **arguments: Any) -> str:
    """The arguments, noted as a call and answered."""
    text = said(arguments)
    info.context.reader.note(info, text)
    return text


@strawberry.interface(description="Has an id.")
class Node:
    id: strawberry.ID = plain(_ANY)


@strawberry.interface(description="Has a name too: an interface with an interface.")
class Named(Node):
    name: str = plain(_ANY)


@strawberry.interface(description="Makes a sound; some must, some may.")
class Loud:
    sound: str | None = plain(_ANY)


@view(records.Leaves)
class Leaves:
    """Every leaf."""

    key: strawberry.ID = plain(_ANY)
    text: str = plain(_ANY)
    number: int = plain(_ANY)
    fraction: float = plain(_ANY)
    flag: bool = plain(_ANY)
    moment: datetime = plain(_ANY)
    day: date = plain(_ANY)
    amount: Decimal = plain(_ANY)
    odd: Odd = plain(_ANY)
    colour: Colour = plain(_ANY)
    size: Size = plain(_ANY)
    mood: Mood = plain(_ANY)
    key_or: strawberry.ID | None = plain(_ANY)
    text_or: str | None = plain(_ANY)
    number_or: int | None = plain(_ANY)
    fraction_or: float | None = plain(_ANY)
    flag_or: bool | None = plain(_ANY)
    moment_or: datetime | None = plain(_ANY)
    day_or: date | None = plain(_ANY)
    amount_or: Decimal | None = plain(_ANY)
    odd_or: Odd | None = plain(_ANY)
    anything_or: JSON | None = plain(_ANY)
    colour_or: Colour | None = plain(_ANY)
    size_or: Size | None = plain(_ANY)
    mood_or: Mood | None = plain(_ANY)
    moody: str = plain(_ANY)


@view(records.Dot, shared=True)
class Dot(Node):
    """A dot."""

    x: int = plain(_ANY)
    y: int | None = plain(_ANY)


@view(records.Dot, shared=True)
class Spot:
    """The same record under another name, with another promise."""

    x: float = plain(_ANY)
    height: int | None = drawn(int | None, int | None)
    key: strawberry.ID = drawn(strawberry.ID, str, sync=True)


@view(records.Cat)
class Cat(Named, Loud):
    """A cat."""

    lives: int = plain(_ANY)
    friend: Annotated["Animal", strawberry.lazy(__name__)] | None = plain(_ANY)
    purr: str = drawn(str, str)


@view(records.Dog)
class Dog(Named, Loud):
    """A dog; it is never silent."""

    sound: str = plain(_ANY)
    tricks: list[str] = plain(_ANY)
    friend: Annotated["Animal", strawberry.lazy(__name__)] | None = plain(_ANY)


@view(records.Rock)
class Rock(Node):
    """A rock."""

    weight: float | None = plain(_ANY)


Animal = Annotated[Cat | Dog, strawberry.union("Animal")]
Anything = Annotated[Cat | Dog | Rock, strawberry.union("Anything")]


@view(records.Kennel)
class Kennel:
    """Choices that must be made."""

    guard: Animal = plain(_ANY)
    first: Node = plain(_ANY)
    loudest: Loud = plain(_ANY)
    eldest: Named = plain(_ANY)


@view(records.Lists)
class Lists:
    """Every list."""

    texts: list[str] = plain(_ANY)
    texts_or: list[str] | None = plain(_ANY)
    texts_of_or: list[str | None] = plain(_ANY)
    texts_or_of_or: list[str | None] | None = plain(_ANY)
    numbers: list[int] = plain(_ANY)
    numbers_or_of_or: list[int | None] | None = plain(_ANY)
    sizes: list[Size] = plain(_ANY)
    sizes_of_or: list[Size | None] = plain(_ANY)
    days_or: list[date] | None = plain(_ANY)
    grid: list[list[int]] = plain(_ANY)
    grid_or: list[list[int]] | None = plain(_ANY)
    grid_of_or: list[list[int] | None] = plain(_ANY)
    grid_of_of_or: list[list[int | None]] = plain(_ANY)
    grid_loose: list[list[int | None] | None] | None = plain(_ANY)
    cube: list[list[list[str]]] = plain(_ANY)
    dots: list[Dot] = plain(_ANY)
    dots_or: list[Dot] | None = plain(_ANY)
    dots_of_or: list[Dot | None] = plain(_ANY)
    dots_or_of_or: list[Dot | None] | None = plain(_ANY)
    plots: list[list[Dot]] = plain(_ANY)
    plots_of_or: list[list[Dot] | None] = plain(_ANY)
    words_of_or: list[list[str] | None] = plain(_ANY)
    sizes_loose: list[list[Size | None] | None] | None = plain(_ANY)
    plots_loose: list[list[Dot | None] | None] | None = plain(_ANY)
    animals: list[Animal] = plain(_ANY)
    animals_or: list[Animal] | None = plain(_ANY)
    animals_of_or: list[Named | None] = plain(_ANY)
    things: list[Node] = plain(_ANY)
    things_of_or: list[Anything | None] = plain(_ANY)
    things_loose: list[list[Anything | None] | None] | None = plain(_ANY)


@strawberry.type(description="A plain Strawberry type, without a record.")
class Stats:
    total: int = strawberry.field(description=_ANY)
    mean: float | None = strawberry.field(description=_ANY)
    names: list[str] = strawberry.field(description=_ANY)

    @strawberry.field(description=_ANY)
    def doubled(self) -> int:
        return self.total * 2

    @strawberry.field(description=_ANY)
    async def tripled(self, info: Ask) -> int:
        await info.context.reader.pause(info)  # type: ignore[attr-defined]
        return self.total * 3

    next_one: "Stats | None" = strawberry.field(default=None, description=_ANY)


@view(records.Tree)
class Tree(Node):
    """A tree."""

    label: str = plain(_ANY)
    weight: int | None = plain(_ANY)
    dot: Dot = plain(_ANY)
    dot_or: Spot | None = plain(_ANY)
    leaves: Leaves = plain(_ANY)
    left: "Tree | None" = plain(_ANY)
    branches: list["Tree"] = plain(_ANY)
    perch: Animal = plain(_ANY)
    perch_or: Loud | None = plain(_ANY)
    treasure: Node = plain(_ANY)
    treasure_or: Anything | None = plain(_ANY)

    grown: "Tree" = drawn(Annotated["Tree", strawberry.lazy(__name__)], records.Tree)
    grown_or: "Tree | None" = drawn(
        Annotated["Tree", strawberry.lazy(__name__)] | None, records.Tree | None
    )
    grove: "list[Tree]" = drawn(
        list[Annotated["Tree", strawberry.lazy(__name__)]], list[records.Tree]
    )
    grove_of_or: "list[Tree | None]" = drawn(
        list[Annotated["Tree", strawberry.lazy(__name__)] | None], list[records.Tree | None]
    )
    lists: Lists = drawn(Lists, records.Lists)
    lists_or: Lists | None = drawn(Lists | None, records.Lists | None, sync=True)
    keeper: Animal = drawn(Animal, records.Animal)
    guest: Named = drawn(Named, records.Animal, sync=True)
    visitor: Animal | None = drawn(Animal | None, records.Animal | None)
    visitors: list[Named] = drawn(list[Named], list[records.Animal])
    finds: list[Anything | None] = drawn(list[Anything | None], list[records.Anything | None])
    number_now: int = drawn(int, int, sync=True)
    number_later: int = drawn(int, int)
    number_or_later: int | None = drawn(int | None, int | None)
    texts_later: list[str] = drawn(list[str], list[str])

    @asked(str)
    @staticmethod
    def hello(
        tree: Parent[records.Tree],
        info: Ask,
        name: str = "you",
        times: int | None = None,
    ) -> str:
        """Says its arguments."""
        return echoed(info, name=name, times=times, of=type(tree).__name__)


@strawberry.input(description="A range.")
class Range:
    low: int = 0
    high: int | None = UNSET


@strawberry.input(description="One of several.", one_of=True)
class Pick:
    id: strawberry.ID | None = UNSET
    size: Size | None = UNSET
    range: Range | None = UNSET
    many: list[int] | None = UNSET


@strawberry.input(description="Inputs inside an input.")
class Filter:
    text: str
    sizes: list[Size] | None = UNSET
    moods: list[Mood | None] = strawberry.field(default_factory=lambda: [Mood.CALM, None])
    range: Range | None = UNSET
    ranges: list[Range] | None = UNSET
    pick: Pick | None = UNSET
    deep: "Filter | None" = UNSET
    grid: list[list[int]] | None = UNSET
    amount: Decimal | None = UNSET
    since: datetime | None = None


@strawberry.type(description="The root.")
class Query:
    tree: Tree = drawn(Tree, records.Tree)
    tree_or: Tree | None = drawn(Tree | None, records.Tree | None)
    forest: list[Tree] = drawn(list[Tree], list[records.Tree])
    forest_or: list[Tree | None] | None = drawn(
        list[Tree | None] | None, list[records.Tree | None] | None
    )
    leaves: Leaves | None = drawn(Leaves | None, records.Leaves)
    leaves_now: list[Leaves | None] = drawn(
        list[Leaves | None], list[records.Leaves | None], sync=True
    )
    lists: Lists | None = drawn(Lists | None, records.Lists)
    lists_now: Lists | None = drawn(Lists | None, records.Lists, sync=True)
    kennel: Kennel | None = drawn(Kennel | None, records.Kennel)
    kennels: list[Kennel | None] = drawn(list[Kennel | None], list[records.Kennel])
    spot: Spot | None = drawn(Spot | None, records.Dot | None)
    animal: Animal | None = drawn(Animal | None, records.Animal)
    named: Named | None = drawn(Named | None, records.Animal, sync=True)
    loud: list[Loud | None] = drawn(list[Loud | None], list[records.Animal | None])
    nodes: list[Node | None] = drawn(
        list[Node | None], list[records.Anything | records.Dot | records.Tree | None]
    )
    anything: list[Anything] | None = drawn(list[Anything] | None, list[records.Anything])
    numbers: list[int | None] | None = drawn(list[int | None] | None, list[int | None])
    size: Size | None = drawn(Size | None, Size)

    @asked(Stats | None)
    @staticmethod
    async def stats(info: Ask, deep: bool = False) -> Any:
        """A plain type."""
        maker = info.context.reader.maker(info)  # type: ignore[attr-defined]
        await info.context.reader.pause(info)  # type: ignore[attr-defined]
        inner = Stats(total=2, mean=None, names=[], next_one=None) if deep else None
        return Stats(
            total=maker.make(int),
            mean=maker.make(float | None),
            names=maker.make(list[str]),
            next_one=inner,
        )

    @asked(str)
    @staticmethod
    def scalars(
        info: Ask,
        text: str | None = UNSET,
        number: int | None = UNSET,
        fraction: float | None = UNSET,
        flag: bool | None = UNSET,
        key: strawberry.ID | None = UNSET,
        odd: Odd | None = UNSET,
        day: date | None = UNSET,
        moment: datetime | None = UNSET,
        amount: Decimal | None = UNSET,
        anything: JSON | None = UNSET,
    ) -> str:
        """Every scalar as an argument."""
        return echoed(info, **{k: v for k, v in locals().items() if k != "info"})

    @asked(str | None)
    @staticmethod
    async def defaults(
        info: Ask,
        must: int,
        text: str = "word",
        number: int | None = 7,
        fraction: float = 1.5,
        flag: bool = True,
        size: Size = Size.LARGE,
        mood: Mood | None = Mood.WILD,
        many: Annotated[list[int], strawberry.argument()] = [1, 2],  # noqa: B006
        nothing: str | None = None,
    ) -> str:
        """Arguments with defaults."""
        text = echoed(info, **{k: v for k, v in locals().items() if k != "info"})
        await info.context.reader.pause(info)  # type: ignore[attr-defined]
        return text

    @asked(list[str])
    @staticmethod
    async def lists_of(
        info: Ask,
        texts: list[str] | None = UNSET,
        sizes: list[Size | None] | None = UNSET,
        grid: list[list[int | None]] | None = UNSET,
        ranges: list[Range] | None = UNSET,
    ) -> list[str]:
        """Lists as arguments."""
        return [echoed(info, **{k: v for k, v in locals().items() if k != "info"})]

    @asked(str)
    @staticmethod
    def find(info: Ask, by: Filter, pick: Pick | None = UNSET) -> str:
        """Inputs as arguments."""
        return echoed(info, by=by, pick=pick)

    @asked(Tree | None)
    @staticmethod
    async def picked(info: Ask, pick: Pick, size: Size | None = None) -> Any:
        """A tree by one of its keys."""
        echoed_text = echoed(info, pick=pick, size=size)
        del echoed_text
        return await info.context.reader.drawn_later(info, records.Tree | None)  # type: ignore[attr-defined]


@strawberry.type(description="Writes, one after the other.")
class Mutation:
    @asked(int)
    @staticmethod
    async def add(info: Ask, by: int = 1) -> Any:
        """Adds, and says how many came before."""
        return await info.context.reader.write(info, f"add {by}")  # type: ignore[attr-defined]

    @asked(int | None)
    @staticmethod
    async def add_or(info: Ask, by: int = 1) -> Any:
        """Adds, and may fail alone."""
        return await info.context.reader.write(info, f"add_or {by}")  # type: ignore[attr-defined]

    @asked(int)
    @staticmethod
    def add_now(info: Ask, by: Range | None = UNSET) -> Any:
        """Adds without waiting."""
        return info.context.reader.write_now(info, f"add_now {said(by)}")  # type: ignore[attr-defined]

    @asked(Tree | None)
    @staticmethod
    async def plant(info: Ask, name: str | None = None) -> Any:
        """Writes, and answers something to look into."""
        info.context.reader.log(f"plant {name}")  # type: ignore[attr-defined]
        return await info.context.reader.later(info, records.Tree | None)  # type: ignore[attr-defined]


def torture_schema() -> GraphQLSchema:
    """The schema, built anew; the introspection of all others stays as it was."""
    introspected = TypeMetaFieldDef.type.fields
    one_of = introspected["isOneOf"]
    built = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        types=[Dot, Spot, Cat, Dog, Rock, Stats],
        config=StrawberryConfig(scalar_map={**SCALARS, Odd: ODD}),
    )
    # Strawberry's own way to answer it fails on every other schema: see tests/gateway/serving.py.
    introspected["isOneOf"] = one_of
    for kind in built._schema.type_map.values():
        definition = kind.extensions.get("strawberry-definition")
        if getattr(definition, "is_one_of", False):
            kind.is_one_of = True  # type: ignore[attr-defined]
    return built._schema
