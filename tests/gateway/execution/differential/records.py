"""Records of the torture schema: every kind of leaf, list, link and choice."""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NewType

import strawberry
from msgspec import Struct

Odd = NewType("Odd", int)


@strawberry.enum
class Colour(Enum):
    RED = "RED"
    GREEN = "GREEN"
    BLUE = "BLUE"


@strawberry.enum
class Size(Enum):
    """Its values are other than its names."""

    SMALL = 1
    LARGE = "l"
    HUGE = "SMALL"


@strawberry.enum
class Mood(Enum):
    """Its names in the contract are other than those in Python."""

    CALM = strawberry.enum_value("c", name="SERENE")
    WILD = strawberry.enum_value("SERENE", name="FIERCE")


class Leaves(Struct):
    """One field for each leaf, in the two nullabilities."""

    key: str
    text: str
    number: int
    fraction: float
    flag: bool
    moment: datetime
    day: date
    amount: Decimal
    odd: Odd
    colour: Colour
    size: Size
    mood: Mood
    key_or: str | None
    text_or: str | None
    number_or: int | None
    fraction_or: float | None
    flag_or: bool | None
    moment_or: datetime | None
    day_or: date | None
    amount_or: Decimal | None
    odd_or: Odd | None
    anything_or: Any
    colour_or: Colour | None
    size_or: Size | None
    mood_or: Mood | None

    @property
    def moody(self) -> str:
        """A derived value that fails for some records."""
        if self.colour is Colour.RED:
            raise LookupError("red has no mood")
        return f"moody {self.number}"


class Dot(Struct):
    """The smallest record."""

    id: str
    x: int
    y: int | None


class Cat(Struct):
    id: str
    name: str
    lives: int
    sound: str | None
    friend: "Animal | None"


class Dog(Struct):
    id: str
    name: str
    tricks: list[str]
    sound: str
    friend: "Animal | None"


class Rock(Struct):
    id: str
    weight: float | None


Animal = Cat | Dog
Anything = Cat | Dog | Rock


class Kennel(Struct):
    """Choices that must be made."""

    guard: Animal
    first: Anything
    loudest: Animal
    eldest: Animal


class Lists(Struct):
    """A list in every nullability of itself and of its items, of leaves, objects and choices."""

    texts: list[str]
    texts_or: list[str] | None
    texts_of_or: list[str | None]
    texts_or_of_or: list[str | None] | None
    numbers: list[int]
    numbers_or_of_or: list[int | None] | None
    sizes: list[Size]
    sizes_of_or: list[Size | None]
    days_or: list[date] | None
    grid: list[list[int]]
    grid_or: list[list[int]] | None
    grid_of_or: list[list[int] | None]
    grid_of_of_or: list[list[int | None]]
    grid_loose: list[list[int | None] | None] | None
    cube: list[list[list[str]]]
    dots: list[Dot]
    dots_or: list[Dot] | None
    dots_of_or: list[Dot | None]
    dots_or_of_or: list[Dot | None] | None
    plots: list[list[Dot]]
    plots_of_or: list[list[Dot] | None]
    words_of_or: list[list[str] | None]
    sizes_loose: list[list[Size | None] | None] | None
    plots_loose: list[list[Dot | None] | None] | None
    animals: list[Animal]
    animals_or: list[Animal] | None
    animals_of_or: list[Animal | None]
    things: list[Anything]
    things_of_or: list[Anything | None]
    things_loose: list[list[Anything | None] | None] | None


class Tree(Struct):
    """A record that holds its like."""

    id: str
    label: str
    weight: int | None
    dot: Dot
    dot_or: Dot | None
    leaves: Leaves
    left: "Tree | None"
    branches: "list[Tree]"
    perch: Animal
    perch_or: Animal | None
    treasure: Anything
    treasure_or: Anything | None
