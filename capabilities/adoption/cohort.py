"""Who is meant by a percentage: a stable place for everybody, and lists that go before it.

The salt is the capability, so that the same people do not go first everywhere.
"""

from hashlib import sha256

from msgspec import Struct

from capabilities.estate import Capability

# Percentages are kept in basis points.
ALL = 10_000
# So many are named one by one of stores, members or words: every read asks the lists.
MOST_LISTED = 100


class Cohorts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is answered by the platform before a percentage is asked.

    `members` are the subjects of `place`: OneIDs, or natural keys of what has no member. `labels`
    are what a tester's header may say.
    """

    stores: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()

    def hold(self, subject: str, labels: frozenset[str], store: str | None) -> bool:
        """Whether a subject is on one of the lists."""
        return (
            subject in self.members
            or (store is not None and store in self.stores)
            or not self.labels.isdisjoint(labels)
        )

    @property
    def empty(self) -> bool:
        """Whether nobody is on a list."""
        return not (self.stores or self.members or self.labels)


def place(salt: str, subject: str) -> int:
    """The place of a subject, 0 to 9,999: the same for ever, in every process."""
    digest = sha256(f"{salt}\0{subject}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % ALL


def within(capability: Capability, subject: str, points: int) -> bool:
    """Whether a subject belongs to the first so many basis points.

    More points only add subjects, fewer only take some away.
    """
    return points >= ALL or (points > 0 and place(capability.value, subject) < points)
