"""What people are told why a mutation did nothing, by code, in every language they may prefer."""

from schema.messages.adopting import ADOPTING
from schema.messages.ordering import ORDERING
from schema.messages.people import PEOPLE
from schema.messages.reaching import REACHING
from schema.messages.registering import REGISTERING
from schema.messages.repeating import REPEATING
from schema.messages.rewarding import REWARDING
from schema.messages.said import Said
from schema.messages.selling import SELLING

__all__ = ["MESSAGES"]

MESSAGES: Said = {
    **ADOPTING,
    **ORDERING,
    **PEOPLE,
    **REACHING,
    **REGISTERING,
    **REPEATING,
    **REWARDING,
    **SELLING,
}
