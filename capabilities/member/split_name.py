"""A name that is written as one, as family and given name: every door splits it alike."""

_SIMPLE = "欧阳司马上官诸葛东方皇甫尉迟公孙慕容令狐宇文长孙司徒司空夏侯轩辕端木南宫独孤"
_FULL = "歐陽司馬諸葛東方尉遲公孫長孫軒轅南宮獨孤"
_COMPOUND = frozenset(
    written[place : place + 2]
    for written in (_SIMPLE, _FULL)
    for place in range(0, len(written), 2)
)
_HAN = range(0x3400, 0xA000)


def split_name(name: str) -> tuple[str, str]:
    """Family and given name of a name in Han characters, which puts the family first.

    Of any other nobody can tell which is which: the whole is the family name.
    """
    if len(name) < 2 or not is_han(name):  # noqa: PLR2004 - one of each
        return name, ""
    length = 2 if name[:2] in _COMPOUND and len(name) > 2 else 1  # noqa: PLR2004 - as above
    return name[:length], name[length:]


def is_han(name: str) -> bool:
    """Whether a name is written in Han characters and in nothing else."""
    return all(ord(one) in _HAN for one in name)
