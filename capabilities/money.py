"""Money: integer minor units and a currency, parsed from text, never a float."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal, InvalidOperation
from enum import Enum

from msgspec import Struct

# ISO 4217 exponents that differ from 2; every other currency has two decimals.
_EXPONENTS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "TND": 3}
_CENTS = tuple(f"{cents:02d}" for cents in range(100))
# One minor unit by its number of decimals.
_UNITS = tuple(Decimal(1).scaleb(-decimals) for decimals in range(4))
# How many minor units one major unit has.
_HUNDRED = Decimal("1E+2")
_SCALES = {currency: Decimal(1).scaleb(decimals) for currency, decimals in _EXPONENTS.items()}
_ONE = Decimal(1)
# From here on a Decimal of the usual precision rounds.
_INEXACT = 10**28
# An amount with fewer digits before its point has all its minor units within the precision.
_LONGEST = 20


class Rounding(Enum):
    """How a source rounds; Chinese retail rounds half up."""

    HALF_UP = ROUND_HALF_UP
    HALF_EVEN = ROUND_HALF_EVEN
    DOWN = ROUND_DOWN


def exponent(currency: str) -> int:
    """Number of decimals of an ISO 4217 currency."""
    return _EXPONENTS.get(currency, 2)


class Money(Struct, frozen=True, gc=False):
    """An amount in integer minor units of an ISO 4217 currency."""

    minor: int
    currency: str

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with the currency's own number of decimals."""
        return self.minor * _UNITS[exponent(self.currency)]

    @property
    def amount_text(self) -> str:
        """The amount as the contract writes it, straight from the minor units.

        ValueError where only `amount` can say what it is, or that it is none.
        """
        minor, decimals = self.minor, _EXPONENTS.get(self.currency, 2)
        whole = type(minor) is int
        if decimals == 2 and whole and 0 <= minor < _INEXACT:  # noqa: PLR2004 - nearly always
            return f"{minor // 100}.{_CENTS[minor % 100]}"
        if not whole or not -_INEXACT < minor < _INEXACT:
            raise ValueError("no whole number of minor units that a Decimal holds exactly")
        if not decimals:
            return str(minor)
        digits = str(abs(minor)).zfill(decimals + 1)
        return f"{'-' if minor < 0 else ''}{digits[:-decimals]}.{digits[-decimals:]}"

    def __add__(self, other: "Money") -> "Money":
        """Add the same currency; ValueError for another one."""
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.minor + other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)


def money(
    amount: str | int | Decimal, currency: str, rounding: Rounding = Rounding.HALF_UP
) -> Money:
    """Money from a decimal text or number in major units; ValueError when it is none.

    A float is refused: its text is already wrong by the time it gets here.
    """
    try:
        value = amount if type(amount) is Decimal else _parsed(amount)
        moved = value * _SCALES.get(currency, _HUNDRED)
        if value.adjusted() < _LONGEST:
            minor = int(moved)
            if minor == moved:  # nearly always: nothing to round
                return Money(minor, currency)
        return Money(int(moved.quantize(_ONE, rounding=rounding.value)), currency)
    except (InvalidOperation, ValueError, OverflowError) as exc:
        raise ValueError("not an amount of money") from exc


def _parsed(amount: str | int | Decimal) -> Decimal:
    if isinstance(amount, float):
        raise TypeError("money is parsed from text, never from a float")
    return Decimal(amount)
