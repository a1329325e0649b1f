"""What the door of a shop's own interface knows of it, as one process holds it."""

from msgspec import Struct

from gateway.compat.copied import Numbers
from gateway.compat.trail import Trail
from gateway.opened.ground import Ground
from store.access.audit import Audit
from store.member.copied_numbers import CopiedMemberNumbers
from store.order.copied_numbers import CopiedOrderNumbers


class OpenedCompat(Struct, frozen=True, eq=False):
    """The numbers of what the platform keeps, and where looks at people are put down."""

    numbers: Numbers
    trail: Trail


def opened_compat(ground: Ground) -> OpenedCompat:
    """The compatibility door's part of a process."""
    store, brand = ground.store, ground.brand
    return OpenedCompat(
        Numbers(CopiedMemberNumbers(store, brand), CopiedOrderNumbers(store, brand)),
        Trail(Audit(store, brand), ground.owned.now),
    )
