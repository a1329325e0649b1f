"""Becomes the wanted program, tied to its parent and, where root is refused, as somebody else.

Run by its path in a bare interpreter (`python -I -S launch.py ...`), so it imports the standard
library alone. A program of its own, because code between fork and exec is not safe in a parent that
has threads, and because a change of credentials clears the death signal: it has to be set after.

Arguments: parent's pid, death signal, identity, directory, program, its arguments.
Identity: `self`, `userns:UID` or `caps:UID` (see identity.py).
"""

import ctypes
import os
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE = 1


def _call(name: str, *arguments: object) -> None:
    """Calls the C library; OSError with its errno where it answers less than 0."""
    function = getattr(ctypes.CDLL(None, use_errno=True), name)
    words = [ctypes.c_ulong(word) if isinstance(word, int) else word for word in arguments]
    if function(*words) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def _enter_user_namespace(uid: int) -> None:
    """Keeps the process's rights on files; it only sees itself under another number."""
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    _call("unshare", _CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{uid} {outside_gid} 1", encoding="ascii")


def _drop_to(uid: int) -> None:
    """Becomes another user who may still pass through root's 0700 directories, and nothing more."""
    _call("prctl", _PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    bit = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _call("capset", header, sets)
    _call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)


def _become(identity: str) -> None:
    way, _, uid = identity.partition(":")
    if way == "userns":
        _enter_user_namespace(int(uid))
    elif way == "caps":
        _drop_to(int(uid))


def die_with_parent(death_signal: int) -> None:
    """Asks for the signal at the parent's end: Linux alone has it."""
    if sys.platform == "linux":
        _call("prctl", _PR_SET_PDEATHSIG, death_signal, 0, 0, 0)


def _die_with(parent: int, death_signal: int) -> None:
    die_with_parent(death_signal)
    # it may have ended before we asked
    if os.getppid() != parent:
        sys.exit("the parent ended before its child began")


def main(parent: str, death_signal: str, identity: str, directory: str, *command: str) -> None:
    """Becomes `command`, and does not return."""
    _become(identity)
    os.chdir(directory)
    _die_with(int(parent), int(death_signal))
    os.execv(command[0], command)  # noqa: S606  # the parent names the program by its full path


if __name__ == "__main__":
    main(*sys.argv[1:])
