"""What the bench of payments runs on: real stores, orders that wait for their money, gateways."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import yaml

from bench.payments.load import ORDER_TOTAL
from bench.processes import Server
from bench.santong import BRAND, gateway

KEY = b"a key of the bench of payments, "
_ESTATE = {
    "brand": BRAND,
    "channels": [{"code": "web", "name": "web", "kind": "OTHER"}],
    "connectors": [],
}
_PROVIDER = {
    "name": "bench",
    "signed": {
        "scheme": "hmac-sha256",
        "keys": ["env:BENCH_PAYMENTS_KEY"],
        "signature": {"header": "x-signature"},
        "encoding": "hex",
        "text": "{x-time}.{body}",
    },
    "time": {"header": "x-time"},
    "transaction": {"body": "id"},
    "order": {"body": "order"},
    "channel": {"value": "web"},
    "amount": {"body": "cents"},
    "currency": {"value": "CNY"},
}
_ORDERS = f"""
  INSERT INTO platform_orders (brand, channel, number, version, kind, status, payment_status,
    fulfillment_status, currency, items, discounts, shipping, fees, total, paid, refunded, closed,
    delivered, placed_at, business_date, updated_at, owner)
  SELECT '{BRAND}', 'web', to_char(n, 'FM000000000'), 1, 'SALE', 'PENDING_PAYMENT', 'UNPAID',
    'UNFULFILLED', 'CNY', {ORDER_TOTAL}, '[]', 0, 0, {ORDER_TOTAL}, 0, 0, false, false, now(),
    current_date, now(), 'o:web:' || n
  FROM generate_series(%(first)s::integer, %(last)s::integer) AS n
"""  # noqa: S608 - our own words
_LINES = f"""
  INSERT INTO platform_order_lines (brand, channel, number, ref, place, raw_sku, sku, codes,
    quantity, unit_price, discounts, total, net, gift, fulfilled, returned, refunded)
  SELECT '{BRAND}', 'web', to_char(n, 'FM000000000'), '1', 1, 'SN-1', 'SN-1', '[]', 2, 1290, '[]',
    {ORDER_TOTAL}, {ORDER_TOTAL}, false, 0, 0, 0
  FROM generate_series(%(first)s::integer, %(last)s::integer) AS n
"""  # noqa: S608 - our own words
_FAULTS = """
  SELECT o.number FROM platform_orders o
  LEFT JOIN order_payments p ON p.brand = o.brand AND p.number = o.number
                            AND p.outcome = 'CONFIRMED'
  LEFT JOIN order_changes c ON c.brand = o.brand AND c.number = o.number AND c.action = 'PAID'
  LEFT JOIN order_facts f ON f.brand = o.brand AND f.number = o.number
  GROUP BY o.number, o.paid
  HAVING o.paid <> coalesce(sum(p.amount), 0) OR count(p.*) <> count(c.*)
      OR o.paid <> coalesce(max(f.paid), 0)
  LIMIT 5
"""


class Orders:
    """Orders of one database; each run pays others than those before it."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._next = 1

    def some(self, many: int) -> int:
        """Place so many; the number of the first of them."""
        first, self._next = self._next, self._next + many
        with psycopg.connect(self._database, autocommit=True) as one:
            for statement in (_ORDERS, _LINES):
                one.execute(statement, {"first": first, "last": first + many - 1})
            one.execute("VACUUM ANALYZE platform_orders, platform_order_lines")
        return first

    def faults(self) -> list[str]:
        """Orders whose money, history and facts do not agree."""
        with psycopg.connect(self._database) as one:
            return [number for (number,) in one.execute(_FAULTS)]

    def paid(self) -> int:
        """How many were paid."""
        with psycopg.connect(self._database) as one:
            (count,) = one.execute("SELECT count(*) FROM order_payments").fetchone() or (0,)
            return int(count)


@contextmanager
def confirming(
    home: Path, name: str, settings: Mapping[str, str], module: str = "gateway.cli"
) -> Iterator[Server]:
    """A gateway that takes confirmations."""
    providers = home / "providers.yaml"
    providers.write_text(yaml.safe_dump({"providers": [_PROVIDER]}), "utf-8")
    own = {
        **settings,
        "SANTONG_PAYMENT_PROVIDERS": str(providers),
        "BENCH_PAYMENTS_KEY": KEY.decode(),
    }
    with gateway(home, name, _ESTATE, own, module=module) as server:
        yield server
