"""Every column that holds sealed bytes, and by which key: a test holds it against the metadata.

What a data key seals goes with its owner's key and is never sealed anew: the data key itself is.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from store.copied.seals import place_of_batch, place_of_row
from store.copied.senders import place_of_sender
from store.keyring import VALUES
from store.privacy.data_keys import place_of_key
from store.promotion.coupon_rows import place_of_coupon

CONNECTOR_SECRETS = "connector secrets"


# Sealed by their owner's data key; whoever adds a column of bytes gives it its place here.
BY_DATA_KEYS = frozenset(
    {
        "attribute_observations.sealed_value",
        "identity_claims.sealed_value",
        "member_commands.sealed_person",
        "member_conflicts.sealed_theirs",
        "membership_records.sealed_name",
        "membership_records.sealed_rest",
        "order_commands.sealed_write",
        "order_copies.sealed_order",
        "order_notes.sealed_text",
        "order_saga_steps.sealed_do",
        "order_saga_steps.sealed_undo",
        "order_service_requests.sealed_said",
        "platform_orders.sealed_personal",
    }
)
# Hashes, and words that are nobody's personal data.
UNSEALED = frozenset(
    {
        *(f"adoption_differences.{one}" for one in ("key", "legacy_hash", "platform_hash")),
        *(f"adoption_samples.{one}" for one in ("key", "legacy_hash", "platform_hash")),
        "api_keys.hash",
        "attribute_observations.month_hash",
        "attribute_observations.value_hash",
        "audit_entries.hash",
        "audit_heads.hash",
        "connector_versions.wish",
        "copied_identities.hash",
        "copied_rows.customer",
        "coupons.code_hash",
        "identity_claims.hash",
        "identity_rules.body",
        *(f"member_agreements.{one}" for one in ("phone", "email", "name", "rest")),
        *(f"member_writes.{one}" for one in ("phone", "email", "name")),
        "membership_records.content",
        "order_copies.buyer",
        "order_facts.content",
        "product_suggestions.text_hash",
        "sync_rows.digest",
        "sync_seen.hashes",
        "tombstones.hash",
        "wishes.answer",
        "wishes.wish",
    }
)


class SealedColumn(Struct, frozen=True):
    """A column that a sealing key seals: the row's key, and the place that its bytes are bound to.

    `keys` are the columns of the primary key behind the brand.
    """

    table: str
    column: str
    keys: tuple[str, ...]
    place: Callable[..., bytes]
    purpose: str = VALUES

    def place_of(self, brand: str, row: Any) -> bytes:
        """The place of one row's bytes."""
        return self.place(brand, *(getattr(row, name) for name in self.keys))


def place_of_secret(brand: str, connector: str, name: str) -> bytes:
    """Where a connector's secret is bound to."""
    return msgspec.json.encode([brand, connector, name])


SEALED_COLUMNS = (
    SealedColumn("data_keys", "wrapped", ("owner",), place_of_key),
    SealedColumn("inbox_senders", "sealed_key", ("connector", "sender"), place_of_sender),
    SealedColumn(
        "connector_secrets", "sealed", ("connector", "name"), place_of_secret, CONNECTOR_SECRETS
    ),
    SealedColumn("coupons", "sealed", ("id",), place_of_coupon),
    SealedColumn("copied_rows", "sealed_body", ("connector", "section", "key"), place_of_row),
    SealedColumn(
        "copied_batches",
        "sealed_raw",
        ("connector", "feeder", "stream", "sequence"),
        place_of_batch,
    ),
)
