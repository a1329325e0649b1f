"""Who asks, as it is counted: an application, never a person."""

import re

from msgspec import Struct

from capabilities.caller import Caller

# Beyond the names or operations that are told apart.
OTHER = "(other)"
# In place of the document of what a door asked that speaks no GraphQL.
DOOR = "(door)"
# In place of a word that might name a person.
WITHHELD = "(withheld)"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 ._/-]{0,39}")
# Phones, card numbers and ids of people have more digits in a row than versions and years.
_PERSONAL = re.compile(r"[0-9]{6}")


class Client(Struct, frozen=True, gc=False, cache_hash=True):
    """An application: by the API key or the kind of token that it came with, and by its own word.

    `name` is what it calls itself, which nobody verified; empty where it says nothing.
    """

    credential: str
    name: str = ""


def credential_of(caller: Caller) -> str:
    """`key:NAME` of an API key, `token:ROLE` of all others: people are not told apart."""
    return caller.subject if caller.machine else f"token:{caller.role.value}"


def declared_name(text: str) -> str:
    """What an application calls itself, as it may be kept; `(withheld)` where it may not."""
    told = text.strip()
    if not told:
        return ""
    return told if _NAME.fullmatch(told) and is_impersonal(told) else WITHHELD


def is_impersonal(text: str) -> bool:
    """Whether a client's own word holds no number that could be somebody's."""
    return _PERSONAL.search(text) is None
