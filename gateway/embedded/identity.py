"""Who a server runs as. PostgreSQL refuses root, so root runs it as somebody else.

Two ways, both without a new system user and without a changed permission outside the home:

- `userns`: a user namespace in which root sees itself as an ordinary user. Files stay root's.
- `caps`: an unprivileged uid that keeps CAP_DAC_OVERRIDE, to pass through root's 0700 directories.
  For containers whose seccomp profile forbids namespaces, and for homes below somebody else's 0700
  directory. The data directory, and nothing else, is handed to that uid.
"""

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

from gateway.embedded.errors import EmbeddedError

_LAUNCH = Path(__file__).parent / "launch.py"
_NOBODY = 65534
_PROBE_SECONDS = 10


def identity_for(binary: Path, home: Path) -> str:
    """The first identity under which `binary` starts with `home` as its directory."""
    if os.geteuid() != 0:
        return "self"
    tried = []
    for identity in _ways():
        refusal = _refusal(identity, binary, home)
        if refusal is None:
            return identity
        tried.append(f"{identity.partition(':')[0]}: {refusal}")
    raise EmbeddedError(
        "PostgreSQL does not run as root and no other identity is to be had here "
        f"({'; '.join(tried)}). Run as an ordinary user, or allow user namespaces.",
        code="EMBEDDED_ROOT",
    )


def owner_under(identity: str) -> int:
    """The uid that owns, seen from outside, what a process of that identity writes."""
    way, _, uid = identity.partition(":")
    return int(uid) if way == "caps" else os.geteuid()


def hand_over(tree: Path, uid: int) -> None:
    """Gives a data directory to `uid` where it is not its own already; root alone can."""
    if tree.stat().st_uid == uid:
        return
    for place, directories, files in os.walk(tree):
        for name in (*directories, *files):
            os.chown(Path(place) / name, uid, -1, follow_symlinks=False)
    # the root last: until all is handed over it shows that there is work left
    os.chown(tree, uid, -1)


def _ways() -> list[str]:
    uid = _inner_uid()
    return [f"userns:{uid}", f"caps:{uid}"] if sys.platform == "linux" else []


def _inner_uid() -> int:
    """A uid with a name, which initdb insists on: nobody, else anyone but root."""
    known = {entry.pw_uid for entry in pwd.getpwall()} - {0}
    return _NOBODY if _NOBODY in known or not known else min(known)


def _refusal(identity: str, binary: Path, home: Path) -> str | None:
    """Why the binary does not start under this identity; None where it does."""
    attempt = subprocess.run(  # noqa: S603  # our own files, no shell
        [
            *(sys.executable, "-I", "-S", str(_LAUNCH)),
            *(str(os.getpid()), str(int(signal.SIGKILL)), identity, str(home)),
            *(str(binary), "--version"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=_PROBE_SECONDS,
    )
    if attempt.returncode == 0:
        return None
    return (attempt.stderr.strip().splitlines() or [f"exit {attempt.returncode}"])[-1]
