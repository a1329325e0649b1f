"""The directory that holds all state of the embedded servers: whose it is, who is using it."""

import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

from gateway.embedded.errors import EmbeddedError

# sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero included
_SOCKET_PATH_LIMIT = 103
_LONGEST_NAME = len("/.s.PGSQL.5432.lock")
_PREFIX = "santong-"
_POLL_SECONDS = 0.05
# what a killed parent leaves needs a moment to go
LOCK_SECONDS = 5.0


def prepare_home(home: Path) -> Path:
    """Makes `home` 0700 where it is missing; its full path, or a coded error if not ours."""
    home = Path(os.path.abspath(home))  # noqa: PTH100  # resolve() would follow the caller's links
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = home.stat().st_uid
    except OSError as error:
        raise _not_yours(home, error.strerror or str(error)) from error
    if owner != os.geteuid():
        raise _not_yours(home, f"it belongs to uid {owner}, this is uid {os.geteuid()}")
    return home


def private_directory(home: Path, name: str) -> Path:
    """A 0700 directory in `home`."""
    place = home / name
    place.mkdir(mode=0o700, exist_ok=True)
    return place


def lock(home: Path, name: str) -> int:
    """Takes the home for one server and answers the descriptor that holds it.

    The server inherits the descriptor, so the lock lasts as long as anyone of that server lives,
    ourselves or not.
    """
    path = private_directory(home, "run") / f"{name}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
                continue
            os.close(descriptor)
            raise _in_use(home, name) from None
        return descriptor


class SocketDirectory:
    """A 0700 directory for a unix socket: in the home, or a short temporary one if it cannot be."""

    def __init__(self, home: Path, name: str) -> None:
        run = private_directory(home, "run")
        self._link = run / f"{name}.sockets"
        self._drop_short()
        self.path = run
        if not _serves_as_host(run):
            self.path = _short_directory()
            # noted, so that the next start removes what a killed parent left
            self._link.symlink_to(self.path)

    def close(self) -> None:
        """Removes the temporary directory, if there is one."""
        self._drop_short()

    def _drop_short(self) -> None:
        if self._link.is_symlink():
            shutil.rmtree(self._link.readlink(), ignore_errors=True)
            self._link.unlink()


def _short_directory() -> Path:
    """A new 0700 directory below TMPDIR, or below /tmp where that is too long as well."""
    temporary = tempfile.gettempdir()
    if not _serves_as_host(Path(temporary) / f"{_PREFIX}{'x' * 8}"):
        temporary = "/tmp"  # noqa: S108  # mkdtemp makes a directory of its own in it
    return Path(tempfile.mkdtemp(prefix=_PREFIX, dir=temporary))


def _serves_as_host(place: Path) -> bool:
    """Whether a socket's address has room for it; and to libpq a comma begins another host."""
    room = len(os.fsencode(place)) + _LONGEST_NAME <= _SOCKET_PATH_LIMIT
    return room and "," not in str(place)


def _not_yours(home: Path, why: str) -> EmbeddedError:
    return EmbeddedError(
        f"{home} cannot be used: {why}. Set SANTONG_HOME to a directory of your own.",
        code="EMBEDDED_HOME_OWNER",
    )


def _in_use(home: Path, name: str) -> EmbeddedError:
    return EmbeddedError(
        f"{name} of {home} is running already. Stop it, or set SANTONG_HOME to another directory.",
        code="EMBEDDED_HOME_BUSY",
    )
