"""Whole names in the two parts that systems ask for; joined again they are the name."""

from msgspec.structs import replace

from capabilities.member.writing import PersonFields

# Family names of two characters that are in common use.
_LONG = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "司徒",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "长孙",
        "宇文",
        "夏侯",
        "轩辕",
        "端木",
        "南宫",
        "独孤",
        "歐陽",
        "司馬",
        "諸葛",
        "東方",
    ]
)
_HAN = ("\u3400", "\u9fff")


def parts_of(name: str) -> PersonFields:
    """Family and given name; of a name that is not written in Han characters all is given."""
    first, last = _HAN
    if not all(first <= one <= last for one in name):
        return PersonFields(family_name="", given_name=name)
    long = name[:2] in _LONG and len(name) > len(name[:2])
    place = 2 if long else 1
    return PersonFields(family_name=name[:place], given_name=name[place:])


def completed(person: PersonFields, name: str | None) -> PersonFields:
    """A change of one part of a name with the other part as it stood, so that it is the whole."""
    given = (person.family_name, person.given_name)
    if None not in given or given == (None, None):
        return person
    parts = parts_of(name or "")
    family = parts.family_name if person.family_name is None else person.family_name
    other = parts.given_name if person.given_name is None else person.given_name
    return replace(person, family_name=family, given_name=other)
