"""Waits for the end of its standard input, then ends a process: PDEATHSIG for those who lack it.

Run by its path in a bare interpreter. The parent holds the other end of the pipe and nobody else
does, so the end of the input is the end of the parent, however it ended.

Arguments: the pid to end, the signal.
"""

import contextlib
import os
import sys


def main(pid: str, death_signal: str) -> None:
    """Blocks until the parent is gone, then signals `pid`."""
    while os.read(0, 1):
        pass
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(pid), int(death_signal))


if __name__ == "__main__":
    main(*sys.argv[1:])
