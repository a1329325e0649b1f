"""Rows of payments: known, claimed and matched for many at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from capabilities.order.payments import DESK, Confirmation, PaymentOutcome, shown_name
from store.engine import Run

Key = tuple[str, str]

_KEYS = """unnest(CAST(:providers AS text[]), CAST(:transactions AS text[]))
       AS a (provider, transaction)"""
_KNOWN = text(f"""
  SELECT p.* FROM {_KEYS}
  JOIN order_payments p
    ON p.brand = :brand AND p.provider = a.provider AND p.transaction = a.transaction
""")  # noqa: S608 - our own words
_ON_A_SLIP = text("""
  SELECT 1 FROM order_payments
  WHERE brand = :brand AND channel = :channel AND number = :number AND provider <> :desk
    AND transaction = :transaction
""")
# Orders of systems have no row here to lock; in one sequence, so that two batches never cross.
_LOCK = text("""
  SELECT pg_advisory_xact_lock(a.lock) FROM (
    SELECT DISTINCT hashtextextended(
      concat_ws('/', 'payments', CAST(:brand AS text), k.channel, k.number), 0) AS lock
    FROM unnest(CAST(:channels AS text[]), CAST(:numbers AS text[])) AS k (channel, number)
    ORDER BY 1) a
""")
_CLAIM = text("""
  INSERT INTO order_payments (brand, provider, transaction, channel, number, amount, currency,
                              method, outcome, paid_at, received_at)
  SELECT :brand, a.provider, a.transaction, a.channel, a.number, a.amount, a.currency, a.method,
         a.outcome, a.paid_at, :at
  FROM unnest(CAST(:provider AS text[]), CAST(:transaction AS text[]), CAST(:channel AS text[]),
              CAST(:number AS text[]), CAST(:amount AS bigint[]), CAST(:currency AS text[]),
              CAST(:method AS text[]), CAST(:outcome AS text[]), CAST(:paid_at AS timestamptz[]))
       AS a (provider, transaction, channel, number, amount, currency, method, outcome, paid_at)
  ORDER BY a.provider, a.transaction
  ON CONFLICT DO NOTHING RETURNING 1
""")
# Their orders are there by now; who locks the orders first meets nobody crosswise.
_UNMATCHED = text("""
  SELECT p.provider, p.transaction, p.channel, p.number
  FROM order_payments p
  JOIN platform_orders o ON o.brand = p.brand AND o.channel = p.channel AND o.number = p.number
  WHERE p.brand = :brand AND p.outcome = 'UNKNOWN_ORDER' AND p.closed_at IS NULL
  ORDER BY p.received_at LIMIT :most
""")
_HOLD = text(f"""
  SELECT p.* FROM order_payments p JOIN {_KEYS}
    ON p.provider = a.provider AND p.transaction = a.transaction
  WHERE p.brand = :brand AND p.outcome = 'UNKNOWN_ORDER' AND p.closed_at IS NULL
  ORDER BY p.provider, p.transaction FOR UPDATE OF p
""")  # noqa: S608 - our own words
_MATCH = text("""
  UPDATE order_payments p SET outcome = a.outcome, matched_at = :at
  FROM unnest(CAST(:providers AS text[]), CAST(:transactions AS text[]),
              CAST(:outcomes AS text[])) AS a (provider, transaction, outcome)
  WHERE p.brand = :brand AND p.provider = a.provider AND p.transaction = a.transaction
""")

_CLOSE_LATE = text("""
  UPDATE order_payments SET closed_at = :at
  WHERE brand = :brand AND number = :number AND channel = :channel AND outcome = 'LATE'
    AND closed_at IS NULL
""")


def key(one: Any) -> Key:
    """What a payment is known by."""
    return one.provider, one.transaction


def slip_key(one: Confirmation) -> Key:
    """What it is known by where a person took it before, and wrote its number down."""
    return DESK, shown_name(one.channel, one.number, one.transaction)


async def known(run: Run, brand: str, some: Sequence[Confirmation]) -> Mapping[Key, Row[Any]]:
    """The rows of payments that came before, or that a person took."""
    keys = [key(one) for one in some] + [slip_key(one) for one in some]
    rows = await run(_KNOWN, {"brand": brand, **_columns(keys)}) if some else []
    return {key(row): row for row in rows}


async def lock_elsewhere(run: Run, brand: str, keys: Sequence[tuple[str, str]]) -> None:
    """Let nobody else tell of payments of these orders before the end; channels and numbers."""
    if keys:
        columns = {"channels": [one for one, _ in keys], "numbers": [one for _, one in keys]}
        await run(_LOCK, {"brand": brand, **columns})


async def on_a_slip(run: Run, brand: str, channel: str, number: str, transaction: str) -> bool:
    """Whether a provider has told of a payment of this order under this number."""
    asked = {"brand": brand, "channel": channel, "number": number, "desk": DESK}
    return bool(await run(_ON_A_SLIP, {**asked, "transaction": transaction}))


async def claim(
    run: Run,
    brand: str,
    some: Sequence[Confirmation],
    outcomes: Mapping[Key, PaymentOutcome],
    at: datetime,
) -> int:
    """Write new ones; how many of them nobody else has written meanwhile."""
    fields = ("provider", "transaction", "channel", "number", "amount", "currency", "method")
    columns: dict[str, Any] = {name: [getattr(one, name) for one in some] for name in fields}
    columns["paid_at"] = [one.paid_at for one in some]
    columns["outcome"] = [outcomes[key(one)].value for one in some]
    return len(await run(_CLAIM, {"brand": brand, "at": at, **columns}))


async def unmatched(run: Run, brand: str, most: int) -> Sequence[Row[Any]]:
    """Payments that came before their orders, which are there now."""
    return await run(_UNMATCHED, {"brand": brand, "most": most})


async def hold(run: Run, brand: str, keys: Sequence[Key]) -> list[Confirmation]:
    """Those of them that nobody has matched meanwhile; nobody will before the end."""
    rows = await run(_HOLD, {"brand": brand, **_columns(keys)})
    fields = Confirmation.__struct_fields__
    return [Confirmation(**{name: getattr(row, name) for name in fields}) for row in rows]


async def match(run: Run, brand: str, outcomes: Mapping[Key, PaymentOutcome], at: datetime) -> None:
    """Write what they came to."""
    told = {"outcomes": [one.value for one in outcomes.values()], "at": at}
    await run(_MATCH, {"brand": brand, **_columns(list(outcomes)), **told})


async def close_late(run: Run, brand: str, channel: str, number: str, at: datetime) -> None:
    """Say of money that came to a closed order that it was seen to: nobody has to give it back."""
    named = {"brand": brand, "channel": channel, "number": number, "at": at}
    await run(_CLOSE_LATE, named)


def _columns(keys: Sequence[Key]) -> dict[str, list[str]]:
    return {
        "providers": [provider for provider, _ in keys],
        "transactions": [transaction for _, transaction in keys],
    }
