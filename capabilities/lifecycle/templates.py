"""The words of a touch, with variables that are checked before anything is sent."""

from collections.abc import Mapping
from string import Formatter

from msgspec import Struct

from capabilities.errors import BadInput
from capabilities.member.consent import ConsentMedium

# What words may name; none of it is personal.
VARIABLES = frozenset({"days", "store", "campaign", "last_day"})
_LONGEST = 2_000


class Template(Struct, frozen=True, kw_only=True):
    """One version of the words for a medium and a language."""

    name: str
    medium: ConsentMedium
    language: str
    version: int
    words: str


def check_words(words: str) -> None:
    """BadInput for words that are empty, too long, or name what there is not."""
    if not words.strip() or len(words) > _LONGEST:
        raise _invalid(f"its words must have 1 to {_LONGEST} characters")
    for name in variables_of(words):
        if name not in VARIABLES:
            raise _invalid(f"there is no {{{name}}}; valid: {', '.join(sorted(VARIABLES))}")


def variables_of(words: str) -> list[str]:
    """The names between braces; BadInput for anything but plain names there."""
    try:
        parts = list(Formatter().parse(words))
    except ValueError as exc:
        raise _invalid("a brace is open or closed alone; write `{{` for a brace") from exc
    named = [(name, form, cast) for _, name, form, cast in parts if name is not None]
    if any(form or cast or not name.isidentifier() for name, form, cast in named):
        raise _invalid("between braces stands a plain name")
    return [name for name, _, _ in named]


def render(words: str, values: Mapping[str, str]) -> str:
    """The words with their values."""
    return "".join(
        text + ("" if name is None else values.get(name, ""))
        for text, name, _, _ in Formatter().parse(words)
    )


def _invalid(why: str) -> BadInput:
    return BadInput(f"the template cannot be used: {why}", code="TEMPLATE_INVALID")
