"""The invented retailer of the demo, as cases know it."""

from typing import Any

from capabilities.member.records import IdentityKind

LIN = {
    IdentityKind.PHONE: "+8613912345678",
    IdentityKind.EMAIL: "lin.xiaoman@example.com",
    IdentityKind.CARD_NO: "BW88880001",
}
STRANGER = {
    IdentityKind.PHONE: "+8613911112222",
    IdentityKind.EMAIL: "nobody@example.com",
    IdentityKind.CARD_NO: "BW00000000",
}


def members_of(retailer: Any, system: str) -> frozenset[str]:
    """The numbers of everybody whom a system knows."""
    return frozenset(str(account.number) for account in retailer.accounts[system])


def lin_of(retailer: Any, system: str) -> str:
    """The number of Lin, who is known by every identity."""
    return str(retailer.accounts[system][0].number)
