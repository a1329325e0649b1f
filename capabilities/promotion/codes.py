"""Codes of coupons: nobody guesses one, and people can still read it to one another.

17 characters of 32 are 85 bits by chance; the 18th checks them, so that a wrong character, or two
that changed places, is no code at all. The alphabet is Crockford's: no I, L, O, U.
"""

import secrets
from unicodedata import category, normalize

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {one: at for at, one in enumerate(ALPHABET)}
# What people read into a code that has none of these.
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CHANCE, _GROUP = 17, 6
_LONGEST_TYPED = 100
# x^5 + x^2 + 1: the field of 32 elements, in which doubling is no symmetry of places.
_TOP, _REDUCE = 32, 0b100101
# Forms and joiners that look like nothing, and white space of any kind.
_UNSEEN = ("Cf", "Zs", "Zl", "Zp", "Cc", "Pd")


def new_code() -> str:
    """A code that nobody has, of 18 characters."""
    drawn = secrets.randbits(5 * _CHANCE)
    chance = "".join(ALPHABET[(drawn >> (5 * at)) & 31] for at in range(_CHANCE))
    return chance + _check(chance)


def written(code: str) -> str:
    """The code in groups, as people are given it."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def normalised(typed: str) -> str | None:
    """A code as it was typed in its one form; None where it can be none of ours.

    Full-width characters, composed ones, zero-width ones, dashes, spaces and small letters all mean
    the same code.
    """
    if len(typed) > _LONGEST_TYPED:
        return None
    plain = normalize("NFKC", typed)
    kept = "".join(one for one in plain if category(one) not in _UNSEEN)
    code = kept.upper().translate(_READ_AS)
    known = len(code) == _CHANCE + 1 and all(one in _VALUES for one in code)
    return code if known and _check(code[:-1]) == code[-1] else None


def _check(chance: str) -> str:
    sum_ = 0
    for one in chance:
        sum_ = _doubled(sum_) ^ _VALUES[one]
    return ALPHABET[_doubled(sum_)]


def _doubled(value: int) -> int:
    value <<= 1
    return value ^ _REDUCE if value & _TOP else value
