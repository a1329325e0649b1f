"""Sales orders as the system makes and changes them: checks, numbers, prices, statuses."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from demo.sap.book import Book
from demo.sap.failures import SapError, missing
from demo.sap.pricing import TAX, condition, money, net_of
from demo.sap.tables import ONE_TIME, Row, day

ORDER: Final = "A_SalesOrder"
ITEM: Final = "A_SalesOrderItem"
TEXT: Final = "A_SalesOrderText"
_PARTY: Final = "A_SalesOrderHeaderPartner"
_PRICES: Final = ("A_SalesOrderHeaderPrElement", "A_SalesOrderItemPrElement")
_CATEGORIES: Final = {"ZOS": "TAN", "ZRE": "REN", "ZKL": "TANN"}
_GROSS: Final = "VKP0"  # a price that holds its tax
_FREIGHT: Final = "HD00"  # what sending costs, with its tax
_OFF: Final = "ZD02"  # an amount off, with its tax
_ZONE: Final = timedelta(hours=8)
_CHANGED: Final = frozenset(
    {"PurchaseOrderByCustomer", "RequestedDeliveryDate", "DeliveryBlockReason", "ShippingCondition"}
)


class SalesOrders:
    """The writes of the sales order service; SapError for what the application refuses."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._next = max((int(row["SalesOrder"]) for row in book.tables[ORDER]), default=4_000_000)

    def create(self, given: Row) -> Row:
        """A sales order or a return with everything below it."""
        kind = str(given.get("SalesOrderType", ""))
        if kind not in _CATEGORIES:
            raise _refused("V1/311", f"Sales document type {kind} is not defined")
        buyer = str(given.get("SoldToParty") or ONE_TIME)
        if not self._book.links.find("A_BusinessPartner", "Customer", buyer):
            raise _refused("V1/201", f"Sold-to party {buyer} not maintained for sales area")
        items = given.get("to_Item", [])
        if not items:
            raise _refused("V1/320", "A sales document needs at least one item")
        self._check_reference(kind, given)
        self._next += 1
        header = self._header(str(self._next), kind, buyer, given)
        gross = [self._item(header, 10 * (row + 1), item) for row, item in enumerate(items)]
        extra = _extra(given.get("to_PricingElement", []))
        self._priced(header, sum(gross), extra)
        for text in given.get("to_Text", []):
            self._book.add(TEXT, {**text, "SalesOrder": header["SalesOrder"]})
        return header

    @property
    def newest(self) -> str:
        """The number that was given out last."""
        return str(self._next)

    def order(self, number: str) -> Row:
        """The header of a number."""
        found = self._book.links.find(ORDER, "SalesOrder", number.lstrip("0"))
        if not found:
            raise missing("Resource not found for segment 'A_SalesOrderType'")
        return found[0]

    def change_header(self, header: Row, given: Row) -> None:
        """Some fields of the header; what the interface does not let change is left as it is."""
        kept = {name: value for name, value in given.items() if name in _CHANGED}
        self._book.change(ORDER, header, kept)
        self.touch(header)

    def change_item(self, item: Row, given: Row) -> None:
        """A rejection reason of an item; the header's own status follows."""
        if item["DeliveryStatus"] in {"B", "C"}:
            raise _refused("V1/384", "The item is delivered and cannot be rejected")
        reason = str(given.get("SalesDocumentRjcnReason", item["SalesDocumentRjcnReason"]))
        self._book.change(ITEM, item, {"SalesDocumentRjcnReason": reason})
        header = self.order(item["SalesOrder"])
        rejected = [
            bool(one["SalesDocumentRjcnReason"])
            for one in self._book.links.find(ITEM, "SalesOrder", item["SalesOrder"])
        ]
        status = "C" if all(rejected) else "B" if any(rejected) else "A"
        self._book.change(ORDER, header, {"OverallSDDocumentRejectionSts": status})
        self.touch(header)

    def add_text(self, header: Row, given: Row) -> Row:
        """A text of the header; there is one for each language and kind."""
        number = header["SalesOrder"]
        same = ("Language", "LongTextID")
        for one in self._book.links.find(TEXT, "SalesOrder", number):
            if all(one[name] == given.get(name) for name in same):
                raise _refused("TD/601", "The text exists already")
        made = self._book.add(TEXT, {**given, "SalesOrder": number})
        self.touch(header)
        return made

    def change_text(self, text: Row, given: Row) -> None:
        """Another wording of a text."""
        self._book.change(TEXT, text, {"LongText": given.get("LongText", "")})
        self.touch(self.order(text["SalesOrder"]))

    def touch(self, header: Row) -> None:
        """The order was changed now, later than ever before."""
        now = max(_now(), header["LastChangeDateTime"] + timedelta(microseconds=1))
        values = {"LastChangeDate": day(now + _ZONE), "LastChangeDateTime": now}
        self._book.change(ORDER, header, values)

    def _check_reference(self, kind: str, given: Row) -> None:
        """A return is of something that was sold."""
        number = str(given.get("ReferenceSDDocument", ""))
        if kind == "ZRE" and not self._book.links.find(ORDER, "SalesOrder", number):
            raise _refused("V1/302", f"Sales document {number} is not in the database")

    def _header(self, number: str, kind: str, buyer: str, given: Row) -> Row:
        now = _now()
        own = {name: value for name, value in given.items() if not name.startswith("to_")}
        today = day(now + _ZONE)
        values: dict[str, Any] = {
            "OrganizationDivision": "40",
            "SalesOrganization": "4010",
            "SalesOrderDate": today,
            "TransactionCurrency": "CNY",
            **own,
            "SalesOrder": number,
            "SalesOrderType": kind,
            "SoldToParty": buyer,
            "CreationDate": today,
            "CreatedByUser": "SANTONG",
            "LastChangeDate": today,
            "LastChangeDateTime": now,
            "PricingDate": today,
            "OverallSDProcessStatus": "A",
            "OverallTotalDeliveryStatus": "A",
            "OverallDeliveryStatus": "A",
            "OverallSDDocumentRejectionSts": "A",
        }
        header = self._book.add(ORDER, values)
        for function in ("AG", "WE", "RE"):
            party = {"SalesOrder": number, "PartnerFunction": function, "Customer": buyer}
            self._book.add(_PARTY, party)
        return header

    def _item(self, header: Row, place: int, given: Row) -> int:
        """One item with its prices; what it costs with its tax, in cents."""
        number = header["SalesOrder"]
        known = self._referred(given) or self._material(str(given.get("Material", "")).lstrip("0"))
        quantity = Decimal(given.get("RequestedQuantity") or 0)
        if quantity <= 0:
            raise _refused("V1/228", f"Item {place}: enter a quantity")
        gross = _gross(given.get("to_PricingElement", []), known, quantity)
        net = net_of(header["SalesOrderType"], gross)
        key = {"SalesOrder": number, "SalesOrderItem": str(place), "_item": (number, str(place))}
        values = {
            "RequestedQuantityUnit": known["RequestedQuantityUnit"],
            **{name: value for name, value in given.items() if not name.startswith("to_")},
            **key,
            "SalesOrderItemCategory": _CATEGORIES[header["SalesOrderType"]],
            "SalesOrderItemText": known["SalesOrderItemText"],
            "Material": known["Material"],
            "PricingReferenceMaterial": known["PricingReferenceMaterial"],
            "TransactionCurrency": header["TransactionCurrency"],
            "NetAmount": money(net),
            "ProductionPlant": "4010",
            "SDProcessStatus": "A",
            "DeliveryStatus": "A",
        }
        self._book.add(ITEM, values)
        for row in (
            condition("PPR0", 11, net, net, money(net) / quantity),
            condition("MWST", 915, net, gross - net, TAX),
        ):
            self._book.add(_PRICES[1], {**key, **row})
        return gross

    def _referred(self, given: Row) -> Row | None:
        """The item that this one goes back to; what it does not say is copied from there."""
        wanted = str(given.get("ReferenceSDDocumentItem", "")).lstrip("0")
        rows = self._book.links.find(ITEM, "SalesOrder", str(given.get("ReferenceSDDocument", "")))
        return next((row for row in rows if row["SalesOrderItem"] == wanted), None)

    def _material(self, code: str) -> Row:
        """The article as an earlier order has it."""
        for row in self._book.tables[ITEM]:
            if row["Material"].lstrip("0") == code:
                return row
        raise _refused("V1/382", f"Material {code} is not defined for the sales organization")

    def _priced(self, header: Row, gross: int, extra: int) -> None:
        net = net_of(header["SalesOrderType"], gross)
        items = self._book.links.find(ITEM, "SalesOrder", header["SalesOrder"])
        more = money(net_of(header["SalesOrderType"], extra))
        total = sum((one["NetAmount"] for one in items), more)
        self._book.change(ORDER, header, {"TotalNetAmount": total})
        tax = condition("MWST", 915, net, gross + extra - int(total * 100), TAX)
        self._book.add(_PRICES[0], {"SalesOrder": header["SalesOrder"], **tax})


def _gross(conditions: list[Row], known: Row, quantity: Decimal) -> int:
    """What an item costs with its tax: by the prices that were sent, else as it was sold last."""
    rates = {
        one.get("ConditionType"): Decimal(one.get("ConditionRateValue") or 0) for one in conditions
    }
    if unknown := set(rates) - {_GROSS, _OFF}:
        raise _refused("V1/805", f"Condition type {min(map(str, unknown))} is not defined")
    if _GROSS not in rates:
        each = known["NetAmount"] / known["RequestedQuantity"]
        rates[_GROSS] = each * (100 + TAX) / 100
    amount = rates[_GROSS] * quantity - abs(rates.get(_OFF, Decimal(0)))
    return int((amount * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _extra(conditions: list[Row]) -> int:
    """What the whole order costs more or less, with its tax, in cents."""
    cents = 0
    for one in conditions:
        kind, rate = one.get("ConditionType"), Decimal(one.get("ConditionRateValue") or 0)
        if kind not in (_FREIGHT, _OFF):
            raise _refused("V1/805", f"Condition type {kind} is not defined")
        cents += int(abs(rate) * 100) * (1 if kind == _FREIGHT else -1)
    return cents


def _refused(code: str, text: str) -> SapError:
    """What the application says no to; the Gateway answers 400."""
    return SapError(400, code, text)


def _now() -> datetime:
    return datetime.now(UTC)
