"""What orders and their money must come to, in plain Python: the rules written a second time."""

from dataclasses import dataclass, field

TOTAL, PIECE, PIECES = 2_580, 1_290, 2


@dataclass
class Account:
    """One order."""

    placed: bool = False
    paid: int = 0
    refunded: int = 0
    closed: bool = False
    left: int = 0
    returned: int = 0

    @property
    def due(self) -> int:
        return 0 if self.closed else max(0, TOTAL - self.paid)


@dataclass
class Oracle:
    """All orders, what providers told, and the slips that people wrote down."""

    orders: dict[str, Account]
    told: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    slips: dict[tuple[str, str], int] = field(default_factory=dict)
    unnamed: int = 0

    def confirmed(self, name: str, number: str, amount: int, currency: str) -> tuple[str, bool]:
        """The outcome of a confirmation, and whether it came before."""
        if name in self.told:
            same = self.told[name] == (number, amount, currency)
            return (self.outcomes[name] if same else "CONTRADICTED"), True
        self.told[name] = (number, amount, currency)
        self.outcomes[name] = self._received(name)
        return self.outcomes[name], False

    def matched(self) -> int:
        """Count what waits for orders that are there now; how many."""
        waiting = [
            name
            for name in sorted(self.told)
            if self.outcomes[name] == "UNKNOWN_ORDER" and self.orders[self.told[name][0]].placed
        ]
        for name in waiting:
            self.outcomes[name] = self._received(name)
        return len(waiting)

    def _received(self, name: str) -> str:
        number, amount, currency = self.told[name]
        one = self.orders[number]
        if currency == "CNY" and self.slips.get((number, name)) == amount:
            return "KNOWN"
        if not one.placed:
            return "UNKNOWN_ORDER"
        if currency != "CNY":
            return "CURRENCY_DIFFERS"
        outcome = "LATE" if one.closed else "OVERPAID" if amount > one.due else "CONFIRMED"
        one.paid += amount
        return outcome

    def taken(self, number: str, amount: int, slip: str | None) -> bool:
        """Whether a person may take a payment."""
        one = self.orders[number]
        if not one.placed or one.closed or amount > one.due:
            return False
        if slip is None:
            self.unnamed += amount
        elif (number, slip) in self.slips or self.told.get(slip, ("",))[0] == number:
            return False
        else:
            self.slips[number, slip] = amount
        one.paid += amount
        return True

    def cancelled(self, number: str) -> bool:
        """Whether it may be given up."""
        one = self.orders[number]
        if not one.placed or one.closed or one.left:
            return False
        one.closed, one.refunded = True, one.paid
        return True

    def sent(self, number: str) -> bool:
        """Whether all of it may leave."""
        one = self.orders[number]
        if not one.placed or one.closed or one.left:
            return False
        one.left = PIECES
        return True

    def given_back(self, number: str, pieces: int, money: int | None) -> bool:
        """Whether pieces may come back, or money."""
        one = self.orders[number]
        amount = pieces * PIECE if money is None else money
        rest = one.paid - one.refunded
        if not one.placed or one.returned + pieces > one.left or amount > rest or not amount:
            return False
        one.returned += pieces
        one.closed = one.closed or (amount == rest and one.paid >= TOTAL)
        one.refunded += amount
        return True
