"""Relay's paging arguments as a list is walked, checked alike for every list."""

from typing import NamedTuple

from capabilities.errors import BadInput
from capabilities.page import ConnectionArgs


class Paging(NamedTuple):
    """How many rows, from which place, in which direction; `newest_first` is the walk's own."""

    size: int
    place: str | None
    backward: bool
    newest_first: bool


def paging_of(args: ConnectionArgs) -> Paging:
    """The walk that the arguments ask for; BadInput when they contradict each other."""
    backward = args.last is not None
    size = args.last if args.last is not None else args.first
    if size is None or (backward and args.first is not None):
        raise BadInput("give exactly one of first and last")
    if size < 0:
        raise BadInput("first and last are never negative")
    if (args.after if backward else args.before) is not None:
        raise BadInput("use after with first, and before with last")
    place = args.before if backward else args.after
    return Paging(size, place, backward, args.newest_first != backward)
