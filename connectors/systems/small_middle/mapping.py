"""What a declaration cannot say of a person there: what her memberships have in common.

Pure: values of a row in, a word or a number out. Nothing is levelled: where her memberships there
differ, she has no one tier, and no sum is made of points that are spent apart.
"""

from typing import Any


def joined(memberships: Any) -> str | None:
    """When the oldest of them began; all are written alike, in UTC."""
    found = [one["joinedAt"] for one in memberships or () if one.get("joinedAt")]
    return min(found, default=None)


def tier_code(memberships: Any) -> str | None:
    """The one tier that she has there."""
    tier = _only([one.get("tier") for one in memberships or ()])
    return tier["code"] if tier else None


def tier_name(memberships: Any) -> str | None:
    """Its name."""
    tier = _only([one.get("tier") for one in memberships or ()])
    return tier["name"] if tier else None


def points(memberships: Any) -> int | None:
    """The points of the one membership that has any."""
    held = [one["points"]["available"] for one in memberships or () if one.get("points")]
    return held[0] if len(held) == 1 else None


def home_store(memberships: Any) -> str | None:
    """The one store that looks after her."""
    store: str | None = _only([one.get("homeStoreCode") for one in memberships or ()])
    return store


def _only(values: list[Any]) -> Any:
    found = [value for value in values if value is not None]
    return found[0] if found and all(value == found[0] for value in found) else None
