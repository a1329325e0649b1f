"""What an erasure does with the rows of every table that names people.

A table that has a one_id, a membership or an owner stands here, or a test fails: nobody adds one
that erasures forget.
"""

from collections.abc import Mapping

# Rows of her memberships go, by number and channel.
BY_MEMBERSHIP = (
    "identity_claims",
    "membership_records",
    "membership_links",
    "attribute_observations",
    "touchpoints",
    "flash_entries",
    "member_writes",
    "member_agreements",
    "member_conflicts",
)
# As above where a table has pairs of memberships.
BY_PAIR = ("merge_candidates", "member_decisions")
# Rows of her own go, by her one_id and those that were merged into it.
BY_PERSON = (
    "member_tags",
    "member_purchases",
    "member_statistics",
    "member_affinity",
    "coupons",
    "coupon_claims",
    "order_rewards",
)
# Rows that were made under her memberships go, by number and channel of their holder.
BY_HOLDER = ("order_copies",)
# As above where a system did not say under which, by the keyed hash of her number there.
BY_BUYER = ("order_copies",)
# The row stays and forgets whose it was.
UNNAMED = ("product_suggestions",)
# The rows stay under a pseudonym, and why they may.
KEPT: Mapping[str, str] = {
    "adoption_acknowledgements": "who of the staff explains a difference, and of no member",
    "member_commands": "what each system was told; what it said of her goes with her key",
    "members": "her one_id stays taken, with the status ERASED",
    "member_aliases": "old ids lead to the erased one for ever",
    "tombstones": "they keep her away",
    "erasures": "that she was erased, and why",
    "erasure_places": "what each system was told, by the number it knows her by",
    "consents": "what she had answered is the retailer's proof; no row names her otherwise",
    "data_keys": "deleted by owner",
    "merge_records": "memberships and ids only",
    "audit_entries": "who saw and changed what, by her pseudonym",
    "audit_heads": "numbers of entries",
    "points_entries": "the ledger: amounts under the membership's number",
    "points_accounts": "as the ledger",
    "points_lots": "as the ledger",
    "points_locks": "as the ledger",
    "benefit_uses": "as the ledger: which benefit, when, and of whose staff",
    "sync_rows": "numbers and digests, by which a row that is brought again is passed over",
    "copied_rows": "looked after as a place of its own: platform:copy",
    "platform_orders": "the books; what it says of her goes with her key",
    "flash_orders": "which order a reservation became: it names an order and nobody",
    "platform_order_lines": "the books: what was sold",
    "order_commands": "what each system was told; what it said of her goes with its owner's key",
    "order_saga_steps": "as the commands",
    "order_payments": "the books: amounts and transactions of a provider",
    "order_refunds": "as the payments",
    "order_fulfillments": "the books: what left",
    "order_changes": "who of the staff did what to an order",
    "order_notes": "what was written of her goes with her key",
    "order_service_requests": "as the notes",
    "promotion_copies": "its numbers are keys of promotions, which are nobody's",
    "promotion_uses": "what orders were given, by her pseudonym",
    "hook_deliveries": "which order a system told of, by its number; it is forgotten after days",
    "hook_watches": "when a connector pushed last",
    "order_facts": "the books: numbers and amounts under the membership's number",
    "flash_buyers": "what somebody has of a sale, by her pseudonym: or she could have it again",
    "flash_reservations": "the books of a sale: what was reserved and paid, by her pseudonym",
    "lifecycle_standings": "its consumer follows the event of the erasure",
    "lifecycle_transitions": "history by pseudonym",
    "lifecycle_touches": "its consumer follows the event of the erasure",
}
