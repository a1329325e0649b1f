"""What is asked before any step is taken, in its transaction."""

from store.adoption.outbox import Outbox
from store.adoption.standings import Guard
from store.engine import Store


def guards_of(store: Store, brand: str) -> tuple[Guard, ...]:
    """The guards of a brand's steps."""
    return (Outbox(store, brand).guard,)
