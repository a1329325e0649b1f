"""What of an entity is read, as a tree: its own fields, and the navigation that comes along."""

from collections.abc import Iterable

from msgspec import Struct

from connectors.protocols.odata.filter import checked_field


class Reads(Struct):
    """Fields of one entity, and what is read of the entities that it leads to.

    A level without fields is read whole.
    """

    fields: dict[str, None] = {}
    below: dict[str, "Reads"] = {}

    def level(self, path: str) -> "Reads":
        """The level at a path of navigation, made where it is not there yet."""
        found = self
        for name in checked_field(path).split("/"):
            found = found.below.setdefault(name, Reads())
        return found

    def add(self, path: str) -> None:
        """A path that is read: it goes down along known navigation, and the rest is a field."""
        found, steps = self, checked_field(path).split("/")
        while len(steps) > 1 and steps[0] in found.below:
            found = found.below[steps.pop(0)]
        if steps[0] not in found.below:
            found.fields["/".join(steps)] = None


def reads_of(select: Iterable[str], expand: Iterable[str]) -> Reads:
    """The tree of these paths; `expand` says which of their steps are navigation."""
    tree = Reads()
    for path in expand:
        tree.level(path)
    for path in select:
        tree.add(path)
    return tree
