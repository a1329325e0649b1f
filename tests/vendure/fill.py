"""Customers and orders of an invented shop, written into Vendure through its own admin API."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

PEOPLE = 12
ORDERS = 60
LIN = 4  # she stands among the others
PRICES = (1250, 1350, 8890)
SHIPPING = 600
ENDS = ("paid", "fulfilled", "paid", "cancelled", "paid", "paid", "unpaid")

_YUAN = "CNY"
_ADDRESS = {"fullName": "收货人", "streetLine1": "南京西路", "city": "上海", "countryCode": "CN"}
_LOGON = 'mutation($p: String!) { login(username: "superadmin", password: $p) { __typename } }'
_VARIANTS = """mutation($all: [CreateProductVariantInput!]!) {
    createProductVariants(input: $all) { id }
}"""


class Vendure:
    """The admin API as its own back office speaks it."""

    def __init__(self, address: str, password: str) -> None:
        self._client = httpx.Client(base_url=address, trust_env=False, timeout=60)
        body = {"query": _LOGON, "variables": {"p": password}}
        answer = self._client.post("/admin-api", json=body)
        self._client.headers["Authorization"] = f"Bearer {answer.headers['vendure-auth-token']}"

    def close(self) -> None:
        self._client.close()

    def ask(self, query: str, **variables: Any) -> Any:
        """The one field of an answer."""
        body = {"query": query, "variables": variables}
        told = self._client.post("/admin-api", json=body).json()
        assert not told.get("errors"), told
        (value,) = told["data"].values()
        return value

    def do(self, field: str, select: str = "id", **arguments: tuple[str, Any]) -> Any:
        """One mutation; each argument with its type."""
        heads = ", ".join(f"${name}: {kind}" for name, (kind, _) in arguments.items())
        handed = ", ".join(f"{name}: ${name}" for name in arguments)
        opened, given = (f"({heads})", f"({handed})") if arguments else ("", "")
        text = f"mutation{opened} {{ {field}{given} {{ __typename {select} }} }}"
        made = self.ask(text, **{name: value for name, (_, value) in arguments.items()})
        assert not str(made["__typename"]).endswith("Error"), (field, made)
        return made

    def make(self, kind: str, **values: Any) -> str:
        """Something new; its id."""
        return str(self.do(f"create{kind}", input=(f"Create{kind}Input!", values))["id"])


def fill(vendure: Vendure) -> list[str]:
    """Everything; the codes of the orders are Vendure's own."""
    shipping, variants = _shop(vendure)
    people = [_customer(vendure, n) for n in range(PEOPLE)]
    return [_order(vendure, n, people, shipping, variants) for n in range(ORDERS)]


def api_key(vendure: Vendure) -> str:
    """A key for a reader that never sees the password."""
    role = vendure.do(
        "createRole",
        input=(
            "CreateRoleInput!",
            {
                "code": "reader",
                "description": "reads orders and customers",
                "permissions": ["ReadOrder", "ReadCustomer", "ReadCatalog"],
            },
        ),
    )["id"]
    wanted = {"roleIds": [role], "translations": [{"languageCode": "en", "name": "santong"}]}
    made = vendure.do("createApiKey", "apiKey", input=("CreateApiKeyInput!", wanted))
    return str(made["apiKey"])


def email_of(person: int) -> str:
    return "lin.xiaoman@example.com" if person == LIN else f"guest{person}@example.com"


def buyer_of(n: int) -> int:
    return n * 7 % PEOPLE


def number_of_lines(n: int) -> int:
    return 1 + n % 3


def total_of(n: int) -> int:
    """In fen; what was cancelled is worth nothing any more."""
    if ENDS[n % len(ENDS)] == "cancelled":
        return 0
    goods = sum(PRICES[(n + k) % 3] * (1 + (n + k) % 4) for k in range(number_of_lines(n)))
    return goods + SHIPPING


def sold_at(n: int) -> datetime:
    """Moments of October: three orders share one, and the last five are days apart."""
    start = datetime(2026, 10, 16, 2, 0, tzinfo=UTC)
    last = ORDERS - 5
    hours = n // 3 * 7 if n < last else 150 + (n - last) * 24
    return start + timedelta(hours=hours, milliseconds=n // 3)


def is_order(n: int) -> bool:
    """What nobody paid is a basket to Vendure, without a moment."""
    return ENDS[n % len(ENDS)] != "unpaid"


def joined_at(person: int) -> datetime:
    """Two of the first eight share a moment each; the others came alone."""
    return datetime(2026, 3, 1, 1, 30, tzinfo=UTC) + timedelta(days=max(person // 2, person - 4))


def _shop(vendure: Vendure) -> tuple[str, list[str]]:
    china = vendure.make(
        "Country", code="CN", enabled=True, translations=[{"languageCode": "en", "name": "China"}]
    )
    zone = vendure.make("Zone", name="China", memberIds=[china])
    channel = vendure.ask("{ activeChannel { id } }")["id"]
    own = {"id": channel, "defaultTaxZoneId": zone, "defaultShippingZoneId": zone}
    own |= {"defaultCurrencyCode": _YUAN, "availableCurrencyCodes": [_YUAN]}
    own |= {"pricesIncludeTax": True}
    vendure.do("updateChannel", "... on Channel { id }", input=("UpdateChannelInput!", own))
    tax = vendure.make("TaxCategory", name="standard", isDefault=True)
    vendure.make("TaxRate", name="VAT", enabled=True, value=13, categoryId=tax, zoneId=zone)
    return _shipping(vendure), _variants(vendure, tax)


def _shipping(vendure: Vendure) -> str:
    rate = {"rate": str(SHIPPING), "includesTax": "include", "taxRate": "13"}
    return vendure.make(
        "ShippingMethod",
        code="courier",
        fulfillmentHandler="manual-fulfillment",
        checker={
            "code": "default-shipping-eligibility-checker",
            "arguments": [{"name": "orderMinimum", "value": "0"}],
        },
        calculator={
            "code": "default-shipping-calculator",
            "arguments": [{"name": name, "value": value} for name, value in rate.items()],
        },
        translations=[{"languageCode": "en", "name": "快递", "description": ""}],
    )


def _variants(vendure: Vendure, tax: str) -> list[str]:
    made = []
    for name, sku, price in zip(
        ("红茶", "绿茶", "牛肉干"), ("TEA1", "TEA2", "BEEF"), PRICES, strict=True
    ):
        words = {"languageCode": "en", "name": name, "slug": sku.lower(), "description": ""}
        product = vendure.make("Product", translations=[words])
        variant = {"productId": product, "sku": sku, "price": price, "taxCategoryId": tax}
        variant |= {"trackInventory": "FALSE"}
        variant |= {"translations": [{"languageCode": "en", "name": name}]}
        made.append(vendure.ask(_VARIANTS, all=[variant])[0]["id"])
    return made


def _customer(vendure: Vendure, n: int) -> str:
    lin = n == LIN
    person = {
        "firstName": "小满" if lin else f"客{n:02d}",
        "lastName": "林" if lin else "顾",
        "phoneNumber": "+86 139 1234 5678" if lin else f"138{n:04d}5678",
        "emailAddress": email_of(n),
        "customFields": {"joinedAt": joined_at(n).isoformat()},
    }
    made = vendure.do(
        "createCustomer", "... on Customer { id }", input=("CreateCustomerInput!", person)
    )
    return str(made["id"])


def _order(vendure: Vendure, n: int, people: list[str], shipping: str, variants: list[str]) -> str:
    draft = vendure.do("createDraftOrder", "id code")
    order, on = draft["id"], ("ID!", draft["id"])
    fields = {"id": order, "customFields": {"soldAt": sold_at(n).isoformat()}}
    vendure.do("setOrderCustomFields", input=("UpdateOrderInput!", fields))
    vendure.do(
        "setCustomerForDraftOrder",
        "... on Order { id }",
        orderId=on,
        customerId=("ID", people[buyer_of(n)]),
    )
    for k in range(number_of_lines(n)):
        line = {"productVariantId": variants[(n + k) % 3], "quantity": 1 + (n + k) % 4}
        vendure.do(
            "addItemToDraftOrder",
            "... on Order { id }",
            orderId=on,
            input=("AddItemToDraftOrderInput!", line),
        )
    vendure.do("setDraftOrderShippingAddress", orderId=on, input=("CreateAddressInput!", _ADDRESS))
    vendure.do(
        "setDraftOrderShippingMethod",
        "... on Order { id }",
        orderId=on,
        shippingMethodId=("ID!", shipping),
    )
    _end(vendure, order, ENDS[n % len(ENDS)])
    return str(draft["code"])


def _end(vendure: Vendure, order: str, end: str) -> None:
    state = ("String!", "ArrangingPayment")
    vendure.do("transitionOrderToState", "... on Order { id }", id=("ID!", order), state=state)
    if end == "unpaid":
        return
    paid = {"orderId": order, "method": "bank transfer", "metadata": {}}
    vendure.do(
        "addManualPaymentToOrder", "... on Order { id }", input=("ManualPaymentInput!", paid)
    )
    if end == "cancelled":
        cancelled = {"orderId": order, "cancelShipping": True, "reason": "not wanted"}
        vendure.do("cancelOrder", "... on Order { id }", input=("CancelOrderInput!", cancelled))
    if end == "fulfilled":
        _fulfil(vendure, order)


def _fulfil(vendure: Vendure, order: str) -> None:
    rows = vendure.ask("query($id: ID!) { order(id: $id) { lines { id quantity } } }", id=order)
    sent = {
        "lines": [{"orderLineId": row["id"], "quantity": row["quantity"]} for row in rows["lines"]],
        "handler": {
            "code": "manual-fulfillment",
            "arguments": [
                {"name": "method", "value": "courier"},
                {"name": "trackingCode", "value": "SF1"},
            ],
        },
    }
    made = vendure.do(
        "addFulfillmentToOrder", "... on Fulfillment { id }", input=("FulfillOrderInput!", sent)
    )
    for state in ("Shipped", "Delivered"):
        vendure.do(
            "transitionFulfillmentToState",
            "... on Fulfillment { id }",
            id=("ID!", made["id"]),
            state=("String!", state),
        )
