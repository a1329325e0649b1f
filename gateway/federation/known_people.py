"""People as the store told of them, kept so that one who comes back costs it nothing."""

from collections.abc import Callable

from capabilities.caller import MembershipKey
from store.member.members import StoredPerson

_MOST = 50_000


class KnownPeople:
    """One process's memory of whose a membership is; nothing personal is in it.

    `version` is that of the store's people, None when it was not read just now. A person is
    believed while it stands, so a merge is seen a moment after it, and never later because
    PostgreSQL is away.
    """

    def __init__(self, version: Callable[[], int | None], *, most: int = _MOST) -> None:
        self.version = version
        self._most = most
        self._of_version: int | None = None
        self._people: dict[MembershipKey, StoredPerson] = {}

    def find(self, key: MembershipKey) -> StoredPerson | None:
        """Whose a membership is; None where the store must be asked."""
        version = self.version()
        return (
            self._people.get(key) if version is not None and version == self._of_version else None
        )

    def keep(self, key: MembershipKey, person: StoredPerson, version: int | None) -> None:
        """Remember what the store said; `version` is the one that stood before it was asked."""
        if version is None:
            return
        if version != self._of_version:
            if self._of_version is not None and version < self._of_version:
                return
            self._people, self._of_version = {}, version
        if len(self._people) >= self._most:
            del self._people[next(iter(self._people))]  # the one that was kept first
        self._people[key] = person
