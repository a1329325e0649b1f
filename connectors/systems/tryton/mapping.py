"""What a declaration cannot say of Tryton's rows: which of a party's contacts is meant.

Pure: values of a row in, a word out.
"""

from decimal import Decimal
from typing import Any


def phone_of(contacts: Any) -> str | None:
    """The mobile number, else another telephone."""
    return _first(contacts, "mobile") or _first(contacts, "phone")


def email_of(contacts: Any) -> str | None:
    """The first address."""
    return _first(contacts, "email")


def kind_of(untaxed: Any) -> str:
    """A return is a sale of negative worth."""
    return "return" if untaxed is not None and Decimal(str(untaxed)) < 0 else "sale"


def _first(contacts: Any, kind: str) -> str | None:
    found = (one.get("value") for one in contacts or () if one.get("type") == kind)
    return next((value for value in found if value), None)
