"""Whole names in the two parts that systems ask for; joined again they are the name."""

from msgspec.structs import replace

from capabilities.member.split_name import is_han, split_name
from capabilities.member.writing import PersonFields


def parts_of(name: str) -> PersonFields:
    """Family and given name; of a name that is not written in Han characters all is given."""
    family, given = split_name(name) if is_han(name) else ("", name)
    return PersonFields(family_name=family, given_name=given)


def completed(person: PersonFields, name: str | None) -> PersonFields:
    """A change of one part of a name with the other part as it stood, so that it is the whole."""
    given = (person.family_name, person.given_name)
    if None not in given or given == (None, None):
        return person
    parts = parts_of(name or "")
    family = parts.family_name if person.family_name is None else person.family_name
    other = parts.given_name if person.given_name is None else person.given_name
    return replace(person, family_name=family, given_name=other)
