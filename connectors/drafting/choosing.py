"""What a person says of an outline: this thing fills that section."""

from collections.abc import Mapping

from msgspec.structs import replace

from connectors.choices import choices
from connectors.drafting.guess import KEY
from connectors.drafting.outline import DraftError, Outline

# A name for each section that a guess takes for it.
_CALLED = {
    "orders": "order",
    "memberships": "member",
    "promotions": "promotion",
    "coupons": "coupon",
    "stores": "store",
}


def renamed(outline: Outline, chosen: Mapping[str, str]) -> Outline:
    """The outline with what was chosen only; DraftError for what is not there."""
    if not chosen:
        return outline
    by_name = {one.name: one for one in outline.entities}
    for section, name in chosen.items():
        if section not in KEY:
            raise DraftError(f"there is no section {section!r}; {choices(section, KEY)}")
        if name not in by_name:
            raise DraftError(f"there is no {name!r} here; {choices(name, sorted(by_name))}")
    entities = tuple(
        replace(by_name[name], name=_CALLED[section]) for section, name in chosen.items()
    )
    return replace(outline, entities=entities)
