"""Enums of the contract: those of the capabilities, with a description for each that needs one."""

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

from schema.enum_words.adoptions import ADOPTIONS
from schema.enum_words.estates import ESTATES
from schema.enum_words.members import MEMBERS
from schema.enum_words.sales import SALES
from schema.enum_words.words import Words

_UNKNOWN = "The source's own value has no mapping yet; where there is one, it is in `sourceStatus`."


def declare_enums() -> None:
    """Give every enum of the capabilities its description; again is the same as once."""
    for words in (*ESTATES, *MEMBERS, *SALES, *ADOPTIONS):
        _declare(words)


def _declare(words: Words) -> None:
    """Make an enum one of the contract, once; a second definition would be another type."""
    enum = words.enum
    if has_enum_definition(enum):
        return
    strawberry.enum(enum, name=words.name, description=words.description)
    definition: StrawberryEnumDefinition = enum.__strawberry_definition__  # type: ignore[attr-defined]
    texts = {"UNKNOWN": _UNKNOWN, **words.values}
    for value in definition.values:
        value.description = texts.get(value.name)
