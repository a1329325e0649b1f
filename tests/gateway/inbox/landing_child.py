"""A process that writes one part of a file and is killed at a step of its way."""

import os
import signal
import sys
from hashlib import sha256
from pathlib import Path

from connectors.protocols.files import landing
from connectors.protocols.files.feed import Feed
from connectors.protocols.files.landing import Landing, Part

STEPS = ("before", "half", "written", "synced", "renamed")


def _killed(*_: object, **__: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _half(file: int, body: bytes, at: int) -> None:
    os.pwrite(file, body[: len(body) // 2], at)
    _killed()


def _written(file: int, body: bytes, at: int) -> None:
    os.pwrite(file, body, at)
    _killed()


def _renamed(*names: str, **folders: int) -> None:
    _rename(*names, **folders)
    _killed()


_rename = os.rename


def main(folder: str, name: str, step: str) -> None:
    """Put the whole of standard input, up to a step."""
    body = sys.stdin.buffer.read()
    if step == "before":
        landing._write = _killed
    elif step == "half":
        landing._write = _half
    elif step == "written":
        landing._write = _written
    elif step == "synced":
        landing.os.rename = _killed
    else:
        landing.os.rename = _renamed
    feeds = {"day": Feed(section="orders", name="{store}_{day}.csv", form="csv")}
    part = Part(
        sender="m0001", name=name, size=len(body), sha256=sha256(body).hexdigest(), offset=0
    )
    Landing(Path(folder), feeds, "till").put(part, body)


if __name__ == "__main__":
    main(*sys.argv[1:])
