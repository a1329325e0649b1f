"""What a quote asks of a buyer beside her tier: whether she ever bought anything."""

from sqlalchemy import text

from store.engine import Store

_BOUGHT = text("""
  SELECT EXISTS (
    SELECT FROM membership_links l
    JOIN order_facts f ON f.brand = l.brand AND f.holder_number = l.number
                      AND f.holder_channel = l.channel
    WHERE l.brand = :brand
      AND l.one_id = coalesce((SELECT one_id FROM member_aliases
                               WHERE brand = :brand AND old_id = :one_id), :one_id)
      AND NOT f.gone AND f.paid > f.refunded AND f.kind NOT IN ('QUOTE', 'WORK_ORDER')
      AND f.status NOT IN ('CANCELLED', 'CLOSED_REFUNDED')
  ) AS bought
""")


async def has_bought(store: Store, brand: str, one_id: str) -> bool:
    """Whether the platform knows of an order of hers that was paid and not wholly given back."""
    (row,) = await store.rows(_BOUGHT, {"brand": brand, "one_id": one_id})
    return bool(row.bought)
