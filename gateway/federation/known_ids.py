"""Ids that the store gave out, kept so that a person who comes back costs it nothing."""

from collections.abc import Callable

_MOST = 50_000


class KnownIds:
    """One process's memory of who is whom, by keyed hash: no identity is in it.

    `version` is that of the store's identities, None when it was not read just now. An id is
    believed while it stands, so a merge is seen a moment after it, and never later because
    PostgreSQL is away.
    """

    def __init__(self, version: Callable[[], int | None], *, most: int = _MOST) -> None:
        self.version = version
        self._most = most
        self._of_version: int | None = None
        self._ids: dict[bytes, str] = {}

    def find(self, digest: bytes) -> str | None:
        """The id of an identity's keyed hash; None where the store must be asked."""
        version = self.version()
        return (
            self._ids.get(digest) if version is not None and version == self._of_version else None
        )

    def keep(self, digest: bytes, one_id: str, version: int | None) -> None:
        """Remember what the store said; `version` is the one that stood before it was asked."""
        if version is None:
            return
        if version != self._of_version:
            if self._of_version is not None and version < self._of_version:
                return
            self._ids, self._of_version = {}, version
        if len(self._ids) >= self._most:
            del self._ids[next(iter(self._ids))]  # the one that was kept first
        self._ids[digest] = one_id
