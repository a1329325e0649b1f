"""While the box runs: who died, what was broken on purpose, when to stop."""

import os
import signal
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType

from gateway.cli.box.control import call_control
from gateway.cli.box.errors import BoxError
from gateway.cli.console import console
from gateway.embedded import OwnedProcess

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_POLL_SECONDS = 0.2
_FAULTS_EVERY = 5


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """The first signal to end raises KeyboardInterrupt; those after it change nothing."""
    before = {one: signal.signal(one, _end) for one in _ENDING}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def watch(children: Iterable[OwnedProcess], controls: Mapping[str, str], *, owned: bool) -> None:
    """Returns when our own parent is gone (`owned`); BoxError when a child is."""
    parent, faults, turn = os.getppid(), dict.fromkeys(controls, "none"), 0
    while not (owned and os.getppid() != parent):
        for child in children:
            if child.exit_code is not None:
                raise BoxError(child.report(f"ended ({child.exit_code})"), code="DEMO_CHILD_ENDED")
        if turn % _FAULTS_EVERY == 0:
            _tell_faults(controls, faults)
        turn += 1
        time.sleep(_POLL_SECONDS)


def _end(_number: int, _frame: FrameType | None) -> None:
    for one in _ENDING:
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt


def _tell_faults(controls: Mapping[str, str], told: dict[str, str]) -> None:
    for system, address in controls.items():
        try:
            mode = call_control(address, "fault")["mode"]
        except BoxError:
            continue  # a busy system is no news; a dead one is told above
        if mode != told[system]:
            told[system] = mode
            healed = mode == "none"
            console.print(f"{system}: " + ("[green]well again[/]" if healed else f"[red]{mode}[/]"))
