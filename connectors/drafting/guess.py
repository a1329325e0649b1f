"""Guesses: which thing fills which section, and which of its fields which field of a record.

They are guesses by name, in the order of the words below, and every draft says so.
"""

import re
from collections.abc import Iterable, Sequence

from connectors.drafting.outline import Entity, Found, Holds

# The first word that the name of a thing ends with decides; more telling words stand first.
_SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("coupons", ("coupon", "voucher", "giftcard")),
    ("promotions", ("promotion", "discount", "campaign", "offer")),
    (
        "memberships",
        (
            "member",
            "customer",
            "membership",
            "partner",
            "party",
            "buyer",
            "person",
            "user",
            "people",
        ),
    ),
    ("orders", ("order", "sale", "trade", "receipt", "transaction", "ticket", "invoice")),
    ("stores", ("store", "shop", "outlet", "branch", "location")),
)
_TIMES = (Holds.INSTANT, Holds.LOCAL, Holds.DATE)

WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "orders": {
        "number": ("order number", "order no", "number", "sales order", "tid", "receipt no",
                   "sale id", "order id", "no", "id", "code"),
        "status": ("order status", "status", "state", "overall status"),
        "customer": ("customer id", "member id", "buyer id", "customer number", "sold to party",
                     "customer", "buyer", "partner id", "party", "user id"),
        "store_code": ("store code", "store id", "shop id", "shop code", "location id"),
        "placed_at": ("placed at", "order date", "sales order date", "sale time", "sale date",
                      "date created", "created at", "creation date", "created", "time", "date"),
        "paid_at": ("paid at", "date paid", "pay time", "payment date"),
        "updated_at": ("updated at", "date modified", "modified at", "last change date time",
                       "write date", "modified", "updated"),
        "currency": ("currency", "currency code", "transaction currency"),
        "money.total": ("grand total", "total amount", "total", "amount total", "total price",
                        "total net amount", "payment", "amount"),
        "lines": ("line items", "lines", "order lines", "items", "to item", "item", "entries",
                  "products"),
    },
    "lines": {
        "ref": ("line", "line no", "line number", "sales order item", "sequence", "id", "key",
                "line id", "item id"),
        "raw_sku": ("sku", "item code", "product code", "material", "barcode", "item number",
                    "product id", "item id"),
        "name": ("product name", "item name", "name", "title", "sales order item text",
                 "description"),
        "quantity": ("quantity", "qty", "requested quantity", "count", "num"),
        "unit_price": ("unit price", "price"),
        "total": ("line total", "total", "net amount", "amount"),
    },
    "memberships": {
        "number": ("member number", "member no", "customer number", "customer no", "number",
                   "business partner", "card number", "customer id", "member id", "id", "code"),
        "status": ("status", "state"),
        "joined_at": ("joined at", "registered at", "registration date", "date created",
                      "created at", "creation date", "created"),
        "home_store_code": ("home store", "store code", "store id", "shop id"),
        "points.available": ("available points", "points", "point balance", "points balance"),
        "tier.code": ("tier", "level", "grade", "tier code"),
        "contact.name": ("full name", "display name", "customer name", "name",
                         "business partner full name"),
        "contact.phone": ("mobile phone", "mobile", "phone number", "phone", "telephone"),
        "contact.email": ("email address", "email", "e mail"),
        "contact.card_number": ("card number", "card no"),
    },
    "promotions": {
        "key": ("promotion id", "key", "code", "number", "id"),
        "name": ("name", "title", "description"),
        "starts_at": ("starts at", "start date", "valid from", "begins at", "start time",
                      "date created", "created at"),
        "ends_at": ("ends at", "end date", "valid to", "expires at", "date expires", "end time"),
    },
    "coupons": {
        "key": ("coupon id", "key", "number", "id"),
        "code": ("code", "coupon code"),
        "name": ("name", "title", "description"),
        "customer": ("customer id", "member id", "customer", "user id"),
        "issued_at": ("issued at", "date created", "created at", "created"),
        "expires_at": ("expires at", "date expires", "valid to", "end date"),
    },
    "stores": {
        "code": ("store code", "code", "number", "store id", "id"),
        "name": ("store name", "name", "title", "description"),
    },
}  # fmt: skip
"""Names for each field of a section's record, as systems have them."""
_OF_TIME = frozenset({"placed_at", "paid_at", "updated_at", "joined_at", "starts_at", "ends_at",
                      "issued_at", "expires_at"})  # fmt: skip


def words_of(name: str) -> str:
    """`SalesOrderDate`, `sales_order_date` → `sales order date`."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+", " ", name)
    return " ".join(apart.lower().split())


def sections_of(entities: Iterable[Entity]) -> dict[str, Entity]:
    """The thing for each section that has one: of several the one with the most fields guessed."""
    chosen: dict[str, Entity] = {}
    for entity in entities:
        section = _section(entity)
        if section is None or KEY[section] not in guessed(section, entity.fields):
            continue
        known = chosen.get(section)
        if known is None or _worth(section, entity) > _worth(section, known):
            chosen[section] = entity
    return {section: chosen[section] for section in WORDS if section in chosen}


KEY = {
    "orders": "number",
    "memberships": "number",
    "promotions": "key",
    "coupons": "key",
    "stores": "code",
}


def guessed(section: str, fields: Sequence[Found]) -> dict[str, Found]:
    """The field that is most likely meant, for each field of the record that has one."""
    by_words: dict[str, Found] = {}
    for field in sorted(fields, key=lambda one: one.path.count(".")):
        by_words.setdefault(words_of(field.name), field)
    found: dict[str, Found] = {}
    for target, names in WORDS[section].items():
        fitting = (by_words.get(name) for name in names)
        match = next((one for one in fitting if one is not None and _fits(target, one)), None)
        if match is not None and match not in found.values():
            found[target] = match
    return found


def _fits(target: str, field: Found) -> bool:
    if (target == "lines") != (field.holds is Holds.LIST):
        return False
    if target in _OF_TIME:
        return field.holds in (*_TIMES, Holds.TEXT)
    return field.holds not in _TIMES


def _section(entity: Entity) -> str | None:
    words = words_of(entity.name).split()
    for section, names in _SECTIONS:
        if words and words[-1].removesuffix("s") in {name.removesuffix("s") for name in names}:
            return section
    return None


def _worth(section: str, entity: Entity) -> tuple[int, int]:
    return len(guessed(section, entity.fields)), -len(entity.name)
