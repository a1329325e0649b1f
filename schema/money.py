"""Money 金额 of the contract."""

from decimal import Decimal

from capabilities import money
from schema.scalars import CurrencyCode
from schema.view import plain, view


@view(money.Money, written={"amount": "amount_text"})
class Money:
    """An amount of money 金额 in one currency."""

    amount: Decimal = plain("The amount in major units, with the currency's own decimals.")
    currency: CurrencyCode = plain("The currency.")
