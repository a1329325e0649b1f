"""The sample as SAP's own rows, one list an entity set, with indexes for keys and links."""

import re
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from demo.sample.records import SAP, Account, Line, Retailer, SapOrder
from demo.sample.words import CITIES
from demo.sap.model import SERVICES, Entity, Navigation
from demo.sap.pricing import TAX, condition, money, net_of

Row = dict[str, Any]
Tables = dict[str, list[Row]]

ONE_TIME: Final = "99999"  # the collective partner of buyers without a number
_ZONE: Final = timedelta(hours=8)
_VIRTUAL: Final = re.compile(r"(1\d{10})-(\d{3})")


def make_tables(retailer: Retailer) -> Tables:
    """All rows of both services."""
    tables: Tables = defaultdict(list)
    _add_one_time(tables)
    for account in retailer.accounts[SAP]:
        _add_partner(tables, account)
    for order in retailer.sap_orders:
        _add_order(tables, order)
    return tables


class Links:
    """Rows of an entity set by one of their fields, built at the first question."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._built: dict[tuple[str, str], dict[Any, list[Row]]] = {}

    def follow(self, row: Row, way: Navigation) -> list[Row]:
        """The rows that a navigation leads to."""
        rows = self.find(way.target, way.key, row[way.key])
        if way.only is None:
            return rows
        name, value = way.only
        return [target for target in rows if target[name] == value]

    def forget(self, table: str) -> None:
        """A table changed; its indexes are built anew at the next question."""
        self._built = {place: index for place, index in self._built.items() if place[0] != table}

    def find(self, table: str, field: str, value: Any) -> list[Row]:
        """The rows of `table` whose `field` holds `value`."""
        index = self._built.get((table, field))
        if index is None:
            index = defaultdict(list)
            for row in self.tables[table]:
                index[row[field]].append(row)
            self._built[table, field] = index
        return index.get(value, [])


def _entity(table: str) -> Entity:
    return next(s.entities[table] for s in SERVICES.values() if table in s.entities)


_INITIAL: Final = {"Edm.String": "", "Edm.Boolean": False}
_BLANK: Final[dict[str, Row]] = {
    name: {prop.name: _INITIAL.get(prop.type) for prop in entity.properties.values()}
    for service in SERVICES.values()
    for name, entity in service.entities.items()
}


def blank(table: str, values: Row) -> Row:
    """A row; what is not given has its initial value: blank text, no date."""
    return {**_BLANK[table], **values}


def day(at: datetime) -> datetime:
    """A calendar date, written as midnight UTC whatever the zone."""
    return datetime(at.year, at.month, at.day, tzinfo=UTC)


def _add(tables: Tables, table: str, values: Row) -> None:
    tables[table].append(blank(table, values))


def _instant(at: datetime) -> datetime:
    return (at - _ZONE).replace(tzinfo=UTC)


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S}"


def _add_one_time(tables: Tables) -> None:
    values = {
        "BusinessPartner": ONE_TIME,
        "Customer": ONE_TIME,
        "BusinessPartnerCategory": "2",
        "BusinessPartnerGrouping": "CPDC",
        "BusinessPartnerFullName": "电商一次性客户",
        "BusinessPartnerName": "电商一次性客户",
        "OrganizationBPName1": "电商一次性客户",
        "CreationDate": datetime(2019, 3, 1, tzinfo=UTC),
        "CreationTime": time(9),
        "ETag": "20190301090000",
    }
    _add(tables, "A_BusinessPartner", values)


def _add_partner(tables: Tables, account: Account) -> None:
    person, number = account.person, str(account.number)
    changed = account.changed.date() != account.joined.date()
    values = {
        "BusinessPartner": number,
        "Customer": number,
        "BusinessPartnerCategory": "1",
        "BusinessPartnerGrouping": account.grouping,
        "BusinessPartnerFullName": person.name,
        "BusinessPartnerName": person.name,
        "FirstName": person.given,
        "LastName": person.family,
        "SearchTerm1": account.phone,
        "CorrespondenceLanguage": "ZH",
        "CreatedByUser": "MIGRATION",
        "CreationDate": day(account.joined),
        "CreationTime": account.joined.time().replace(microsecond=0),
        "LastChangeDate": day(account.changed) if changed else None,
        "LastChangeTime": account.changed.time().replace(microsecond=0) if changed else time(0),
        "LastChangedByUser": "SANTONG" if changed else "",
        "BirthDate": day(datetime.combine(person.born, time(0))),
        "GenderCodeName": {"M": "1", "F": "2"}[person.gender],
        "IsFemale": person.gender == "F",
        "IsMale": person.gender == "M",
        "IsNaturalPerson": "X",
        "BusinessPartnerIsBlocked": account.blocked,
        "IsMarkedForArchiving": account.blocked and account.number % 2 == 0,
        "ETag": _stamp(account.changed),
    }
    _add(tables, "A_BusinessPartner", values)
    _add_address(tables, account)


def _add_address(tables: Tables, account: Account) -> None:
    person, address = account.person, str(account.number + 20_000)
    city, _, region, postcode, _ = CITIES[person.city]
    street, _, house = person.street.partition(" ")
    values = {
        "BusinessPartner": str(account.number),
        "AddressID": address,
        "AddressTimeZone": "UTC+8",
        "CityName": city,
        "Country": "CN",
        "FullName": person.name,
        "HouseNumber": house.removesuffix(" 号"),
        "Language": "ZH",
        "PostalCode": postcode,
        "Region": region,
        "StreetName": street,
    }
    _add(tables, "A_BusinessPartnerAddress", values)
    virtual = _VIRTUAL.fullmatch(account.phone)
    number, extension = virtual.groups() if virtual else (account.phone, "")
    phone = {
        "AddressID": address,
        "OrdinalNumber": "1",
        "DestinationLocationCountry": "CN",
        "IsDefaultPhoneNumber": True,
        "PhoneNumber": number,
        "PhoneNumberExtension": extension,
        "InternationalPhoneNumber": f"+86{number if virtual else person.phone}",
        "PhoneNumberType": "3",
    }
    _add(tables, "A_AddressPhoneNumber", phone)
    if account.email:
        email = {
            "AddressID": address,
            "OrdinalNumber": "1",
            "IsDefaultEmailAddress": True,
            "EmailAddress": account.email,
            "SearchEmailAddress": account.email.upper()[:20],
        }
        _add(tables, "A_AddressEmailAddress", email)


def _add_order(tables: Tables, order: SapOrder) -> None:
    number = str(order.number)
    buyer = str(order.account.number) if order.account else ONE_TIME
    net = sum(net_of(order.kind, line.after) for line in order.lines)
    values = {
        "SalesOrder": number,
        "SalesOrderType": order.kind,
        "SalesOrganization": "4010",
        "DistributionChannel": order.channel,
        "OrganizationDivision": "40",
        "SoldToParty": buyer,
        "CreationDate": day(order.placed),
        "CreatedByUser": "RFC_EC",
        "LastChangeDate": day(order.changed),
        "LastChangeDateTime": _instant(order.changed),
        "PurchaseOrderByCustomer": order.mirrors or order.reference,
        "SalesOrderDate": day(order.placed),
        "TotalNetAmount": money(net),
        "TransactionCurrency": "CNY",
        "PricingDate": day(order.placed),
        "RequestedDeliveryDate": day(order.placed + timedelta(days=2)),
        "ShippingCondition": "01",
        "CustomerPaymentTerms": "0001",
        "DeliveryBlockReason": "01" if order.block else "",
        "OverallSDProcessStatus": order.process,
        "TotalCreditCheckStatus": order.credit,
        "OverallTotalDeliveryStatus": order.delivery,
        "OverallDeliveryStatus": order.delivery,
        "OverallSDDocumentRejectionSts": order.rejection,
        "TotalBlockStatus": order.block,
    }
    _add(tables, "A_SalesOrder", values)
    for function, partner in (("AG", buyer), ("WE", buyer), ("RE", buyer)):
        party = {"SalesOrder": number, "PartnerFunction": function, "Customer": partner}
        _add(tables, "A_SalesOrderHeaderPartner", party)
    gross = 0 if order.kind == "ZKL" else sum(line.after for line in order.lines)
    tax = condition("MWST", 915, net, gross - net, TAX)
    _add(tables, "A_SalesOrderHeaderPrElement", {"SalesOrder": number, **tax})
    if order.number % 50 == 0:
        text = {"Language": "ZH", "LongTextID": "TX01", "LongText": "请放快递柜"}
        _add(tables, "A_SalesOrderText", {"SalesOrder": number, **text})
    for place, line in enumerate(order.lines):
        _add_item(tables, order, number, str(10 * (place + 1)), line)


def _add_item(tables: Tables, order: SapOrder, number: str, item: str, line: Line) -> None:
    net = net_of(order.kind, line.after)
    values = {
        "SalesOrder": number,
        "SalesOrderItem": item,
        "_item": (number, item),
        "SalesOrderItemCategory": {"ZOS": "TAN", "ZRE": "REN", "ZKL": "TANN"}[order.kind],
        "SalesOrderItemText": line.code.name[:40],
        "Material": line.code.written,
        "PricingReferenceMaterial": line.code.code,
        "RequestedQuantity": (Decimal(line.milli) / 1000).normalize(),
        "RequestedQuantityUnit": "KG" if line.code.unit == "kg" else "PC",
        "TransactionCurrency": "CNY",
        "NetAmount": money(net),
        "ProductionPlant": "4010",
        "SalesDocumentRjcnReason": "03" if order.rejection == "C" else "",
        "SDProcessStatus": order.process,
        "DeliveryStatus": order.delivery,
    }
    _add(tables, "A_SalesOrderItem", values)
    full = net_of(order.kind, line.before)
    price = money(full) * 1000 / line.milli
    conditions = [
        condition("PPR0", 11, full, full, price),
        condition("MWST", 915, net, line.after - net, TAX),
    ]
    if order.kind == "ZKL":
        conditions = conditions[:1]
    elif full != net:
        conditions.insert(1, condition("ZD01", 103, full, net - full, Decimal(-line.percent)))
    for one in conditions:
        key = {"SalesOrder": number, "SalesOrderItem": item, "_item": (number, item)}
        _add(tables, "A_SalesOrderItemPrElement", {**key, **one})
