"""Random answers for an annotation: mostly right, sometimes odd but legal, sometimes wrong.

What is made depends on the generator that is handed in and on nothing else, so two runs that hand
in the same seed at the same place get the same answer, whenever they ask.
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from functools import partial
from random import Random
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin
from uuid import UUID
from zlib import crc32

import msgspec
from graphql import GraphQLError, Undefined
from msgspec import Struct

from capabilities.errors import BadInput, SantongError, TimedOut
from capabilities.money import Money
from tests.gateway.execution.differential.records import Odd

Make = Callable[["Maker", int], Any]
_DEEPEST = 5
_CHEAP_DEPTH = 2


class Later:
    """An awaitable that may be awaited again, and that nobody has to await."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __await__(self) -> Generator[Any, None, Any]:
        yield
        if isinstance(self.answer, Exception):
            raise type(self.answer)(*self.answer.args)
        return self.answer

    def __repr__(self) -> str:
        return "Later()"


class Trickle:
    """An async iterable that may be walked again."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    async def __aiter__(self) -> AsyncIterator[Any]:
        for one in self.items:
            yield one

    def __repr__(self) -> str:
        return "Trickle()"


class Breaking:
    """A list that breaks while it is walked."""

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __iter__(self) -> Iterator[Any]:
        yield from self.items
        raise ValueError("this list broke off")

    def __repr__(self) -> str:
        return "Breaking()"


class Stranger(Struct):
    """A record that no view shows."""

    name: str = "nobody"


class Word(str):
    """A text of a class of its own."""

    __slots__ = ()


class Count(int):
    """A number of a class of its own."""


class Other(Enum):
    """An enum that the schema does not know."""

    RED = "RED"


class Mix(Struct, frozen=True):
    """How the answers of one run come out, and how long its resolvers wait.

    `nulls`, `odd` and `wrong` are the shares of values that are null where they may be, odd but
    legal, and wrong. With `only` one kind of value is ever odd or wrong, and always in the same
    way, so that no other fault hides what is made of it. `ticks` is the most turns of the loop
    that a resolver waits, `rows` how many the request may cost.
    """

    seed: int
    nulls: float = 0.2
    odd: float = 0.0
    wrong: float = 0.0
    ticks: int = 0
    only: str | None = None
    way: int = 0
    rows: int = 1_000_000


class Maker:
    """The generator of one place; `once` allows for lists that can be walked but once."""

    def __init__(self, mix: Mix, place: str, *, once: bool = True) -> None:
        seed = crc32(f"{mix.seed}{place}".encode())
        self.random = Random(seed)  # noqa: S311 - a seeded generator is wanted
        self.mix = mix
        self.nulls = mix.nulls
        self.once = once

    def make(self, annotation: Any, depth: int = 0) -> Any:
        """A value for an annotation."""
        return _made(annotation)(self, depth)

    def errs(self, kind: str, share: float) -> bool:
        """Whether a value of a kind is off this time."""
        return self.mix.only in (None, kind) and self.random.random() < share

    def fault(self) -> Exception:
        """One of the errors that resolvers raise."""
        return self.random.choice(_ERRORS)()

    def strange(self, kind: str, odd: tuple[Any, ...], wrong: tuple[Any, ...]) -> Any:
        """Something odd or wrong in place of the right value, or NOTHING."""
        if self.mix.only not in (None, kind):
            return NOTHING
        luck = self.random.random()
        if luck >= self.mix.odd + self.mix.wrong:
            return NOTHING
        if luck < self.mix.odd:
            return self.chosen(odd) if odd else NOTHING
        return self.wrong_value(wrong)

    def chosen(self, ways: tuple[Any, ...]) -> Any:
        """One of several, the same at every place where the mix has but one kind."""
        return ways[self.mix.way % len(ways)] if self.mix.only else self.random.choice(ways)

    def wrong_value(self, wrong: tuple[Any, ...]) -> Any:
        """Something wrong: one of these, a null, or an error."""
        if self.mix.only:
            value = self.chosen((*wrong, *_WRONG_ANYWHERE, None, None, NOTHING))
            return self.fault() if value is NOTHING else value
        luck = self.random.random()
        if luck < _SHARE_OF_ERRORS:
            return self.fault()
        return None if luck > _SHARE_OF_OTHERS else self.random.choice((*wrong, *_WRONG_ANYWHERE))


NOTHING = object()
_SHARE_OF_ERRORS = 0.25
_SHARE_OF_OTHERS = 0.65
_WRONG_ANYWHERE: tuple[Any, ...] = (Undefined, Stranger(), {"name": 1}, object)
_ERRORS: tuple[Callable[[], Exception], ...] = (
    lambda: ValueError("a plain fault"),
    lambda: KeyError("missing"),
    RuntimeError,
    lambda: BadInput("this cannot be asked"),
    lambda: TimedOut("too late", source="sap"),
    lambda: SantongError("no such channel", code="UNKNOWN_CHANNEL"),
    lambda: GraphQLError("its own error", extensions={"code": "OWN"}),
)
_MADE: dict[Any, Make] = {}


def also(annotation: Any, make: Make) -> None:
    """Make values of an annotation in this way."""
    _MADE[annotation] = make


def _made(annotation: Any) -> Make:
    try:
        return _MADE[annotation]
    except KeyError:
        # A recursive record asks for itself while it is compiled.
        _MADE[annotation] = partial(_make_late, annotation)
        try:
            _MADE[annotation] = _compile(annotation)
        except TypeError as exc:
            del _MADE[annotation]
            raise TypeError(f"no value can be made for {annotation}") from exc
        return _MADE[annotation]


def _make_late(annotation: Any, maker: Maker, depth: int) -> Any:
    return _MADE[annotation](maker, depth)


def _compile(annotation: Any) -> Make:  # noqa: PLR0911 - one line a kind
    if annotation in _PLAIN:
        return _plain(annotation.__name__, *_PLAIN[annotation])
    origin = get_origin(annotation)
    if origin is Annotated:
        return _made(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return _choice(get_args(annotation))
    if origin in _LISTS:
        return _sequence(_LISTS[origin], get_args(annotation)[0])
    if origin in (dict, Mapping):
        return _mapping(*get_args(annotation))
    if isinstance(annotation, TypeVar) or annotation is Any:
        return lambda maker, _depth: maker.random.choice(("anything", 1, None))
    if issubclass(annotation, Enum):
        return _enum(annotation)
    return _record(annotation)


def _choice(kinds: tuple[Any, ...]) -> Make:
    nullable = type(None) in kinds
    ways = [_made(one) for one in kinds if one is not type(None)]
    deep = any(isinstance(one, type) and issubclass(one, Struct) for one in kinds)

    def make(maker: Maker, depth: int) -> Any:
        if nullable and ((deep and depth >= _DEEPEST) or maker.random.random() < maker.nulls):
            return None
        if deep and not nullable and maker.errs("choice", maker.mix.wrong):
            return maker.wrong_value(("text", Later(None)))
        return (ways[0] if len(ways) == 1 else maker.random.choice(ways))(maker, depth)

    return make


_LISTS: dict[Any, type] = {list: list, tuple: tuple, Sequence: tuple, frozenset: frozenset}


def _mapping(key: Any, value: Any) -> Make:
    names, values = _made(key), _made(value)

    def make(maker: Maker, depth: int) -> Any:
        calm = Maker(Mix(maker.random.getrandbits(32)), "keys")
        count = maker.random.randint(0, 2)
        return {names(calm, depth + 1): values(maker, depth + 1) for _ in range(count)}

    return make


def _sequence(origin: type, item: Any) -> Make:
    way = _made(item)

    def make(maker: Maker, depth: int) -> Any:
        most = 0 if depth > _DEEPEST else 1 if depth > _CHEAP_DEPTH else 3
        items = [way(maker, depth + 1) for _ in range(maker.random.randint(0, most))]
        if items and maker.errs("item", maker.mix.wrong):
            items[-1] = None
        if maker.errs("list", maker.mix.odd):
            return _odd_list(maker, items)
        if maker.errs("list", maker.mix.wrong):
            return maker.wrong_value(("ab", b"ab", 7, True))
        return origin(items)

    return make


def _odd_list(maker: Maker, items: list[Any]) -> Any:
    kinds = (*_ODD_LISTS, *_WALKED_ONCE) if maker.once else _ODD_LISTS
    return maker.chosen(kinds)(items)


def _set(items: list[Any]) -> Any:
    """At most one item, so that its order is none."""
    try:
        return set(items[:1])
    except TypeError:
        return frozenset()


_ODD_LISTS: tuple[Callable[[list[Any]], Any], ...] = (
    tuple,
    list,
    deque,
    Trickle,
    Breaking,
    Later,
    lambda found: dict(enumerate(found)).values(),
    lambda found: dict(enumerate(found)),
    lambda found: [Later(one) for one in found],
    lambda found: [None, *found],
    lambda found: [*found, None],
    lambda found: [*found, None, None],
    lambda found: [*found, ValueError("an error as an item")],
    _set,
)
_WALKED_ONCE: tuple[Callable[[list[Any]], Any], ...] = (iter, lambda found: (one for one in found))


def _plain(
    kind: str, right: Callable[[Random], Any], odd: tuple[Any, ...], wrong: tuple[Any, ...]
) -> Make:
    def make(maker: Maker, _depth: int) -> Any:
        strange = maker.strange(kind, odd, wrong)
        return right(maker.random) if strange is NOTHING else strange

    return make


def _enum(kind: type[Enum]) -> Make:
    members = list(kind)
    odd = (members[0].value, members[0].name)
    wrong = ("NOBODY", Other.RED, [members[0]], 17, kind)

    def make(maker: Maker, _depth: int) -> Any:
        strange = maker.strange("enum", odd, wrong)
        return maker.random.choice(members) if strange is NOTHING else strange

    return make


def _record(kind: type[Struct]) -> Make:
    fields = [
        (one.name, _OWN.get((kind, one.name)) or _made(one.type))
        for one in msgspec.structs.fields(kind)
    ]

    def make(maker: Maker, depth: int) -> Any:
        if maker.errs("record", maker.mix.wrong):
            return maker.wrong_value(("text", 5, Later(None), [1]))
        made = kind(**{name: way(maker, depth + 1) for name, way in fields})
        return Later(made) if depth and maker.errs("record", maker.mix.odd / 4) else made

    return make


def _currency(maker: Maker, depth: int) -> Any:
    """Mostly one with decimals of its own, for these decide how an amount is written."""
    usual = maker.random.random() < 0.8
    codes = ("CNY", "JPY", "KWD")
    return maker.random.choice(codes) if usual else _made(str)(maker, depth)


_OWN: dict[tuple[type, str], Make] = {(Money, "currency"): _currency}


def _text(random: Random) -> str:
    return random.choice(("", "a", "上海南京东路店", 'quo"te', "two\nlines", "😀", "8001", "store"))


def _moment(random: Random) -> datetime:
    zone = random.choice((UTC, timezone(timedelta(hours=8))))
    return datetime(
        2026, random.randint(1, 12), 3, 4, 5, 6, random.randint(0, 999_999), tzinfo=zone
    )


_LAST = datetime.max.replace(tzinfo=UTC)
_NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - the fault is that it has no zone
_PLAIN: dict[Any, tuple[Callable[[Random], Any], tuple[Any, ...], tuple[Any, ...]]] = {
    str: (
        _text,
        (5, 1.5, 2.0, True, Word("own"), 10**40, -0.0, Decimal("1.50"), Other.RED),
        (["x"], b"x", float("nan"), Later("late"), Later(ValueError("late fault"))),
    ),
    int: (
        lambda random: random.choice((0, 1, -1, 7, 2**31 - 1, -(2**31))),
        (True, False, 3.0, "7", Count(4), Decimal(3), "2147483647", -0.0),
        (
            2**31,
            -(2**31) - 1,
            2**31,
            -(2**40),
            1.5,
            "x",
            "",
            float("nan"),
            float("inf"),
            [1],
            Later(1),
        ),
    ),
    # Answered as text by a property of its record, whatever it is.
    UUID: (lambda random: UUID(int=random.getrandbits(128)), ("no id",), (7,)),
    float: (
        lambda random: random.choice((0.0, -1.5, 1e300, 0.1, 3.0)),
        (1, True, "1.5", Decimal("2.5"), -0.0, 10**20),
        (float("nan"), float("-inf"), "x", [1.0], 10**400, Later(1.0)),
    ),
    bool: (
        lambda random: random.random() < 0.5,
        (1, 0, 1.0, Decimal(0), 7),
        ("true", float("nan"), [True], Later(1)),
    ),
    datetime: (
        _moment,
        (),
        ("2026-01-01", _NAIVE, date(2026, 1, 1), 5, _LAST),
    ),
    date: (
        lambda random: date(2026, random.randint(1, 12), 9),
        (datetime(2026, 2, 3, tzinfo=UTC),),
        ("2026-01-01", 5, 1.5),
    ),
    Odd: (
        lambda random: random.choice((1, 3, -5)),
        (True, Count(9)),
        (2, "3", None, 1.5),
    ),
    bytes: (
        lambda random: random.choice((b"", b"\x00\x01", b"seal")),
        (),
        ("x", 5),
    ),
    Decimal: (
        lambda random: Decimal(random.choice(("0", "-1.50", "12.900", "1E+5", "1E-10"))),
        (Decimal("-0.0"),),
        (Decimal("NaN"), Decimal("Infinity"), 5, "1.5", 1.5),
    ),
}

_STRUCTURE = ("choice", "item", "list", "record", "resolver")
KINDS = (*(one.__name__ for one in _PLAIN), "enum", *_STRUCTURE, *_STRUCTURE)
