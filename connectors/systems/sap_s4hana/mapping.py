"""What a declaration cannot say of SAP S/4HANA's rows: precedence of states, sums over conditions.

Pure: values of a row in, a word or a number out; the manifest's tables turn words into ours.
"""

from decimal import Decimal
from typing import Any

_OUTPUT_TAX = "MWST"
_BLOCKS = ("B", "C")


def order_state(
    rejection: str | None,
    block: str | None,
    credit: str | None,
    delivery: str | None,
    process: str | None,
) -> str | None:
    """The field that decides, in SAP's order of precedence, as `field:letter`.

    A blank letter is the initial value and says nothing. A letter that no field should have
    decides at once, so that it becomes UNKNOWN and is counted instead of being covered up.
    """
    letters = {"rejection": rejection, "delivery": delivery, "process": process}
    for field, letter in letters.items():
        if letter and letter not in ("A", "B", "C"):
            return f"{field}:{letter}"
    if rejection == "C":
        return "rejection:C"
    if block in _BLOCKS or credit in _BLOCKS:
        return "blocked"
    if delivery:
        return f"delivery:{delivery}"
    return f"process:{process}" if process else None


def partner_state(blocked: Any, archiving: Any) -> str:
    """A partner that waits for the archive is closed, a blocked one suspended."""
    if archiving:
        return "archiving"
    return "blocked" if blocked else "active"


def tax(conditions: Any) -> Decimal | None:
    """Output tax of the pricing procedure; None where the conditions were not read."""
    rows = (conditions or {}).get("results")
    if rows is None:
        return None
    amounts = (
        Decimal(str(row["ConditionAmount"]))
        for row in rows
        if row.get("ConditionType") == _OUTPUT_TAX
    )
    return sum(amounts, Decimal(0))


def gross(net: Decimal | None, conditions: Any) -> Decimal | None:
    """TotalNetAmount is without tax; what the buyer pays is with it."""
    added = tax(conditions)
    return net + added if net is not None and added is not None else None
