"""Fail points: a process that dies at one numbered step of a sale, the so-many-th time it is there.

They are put in from outside, by the process that runs what ships; what ships has none, and pays
nothing for them. A step whose function is gone fails the start: none is left out in silence.
"""

import inspect
import os
import signal
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

STEP, COUNT, FALLS = "CHAOS_STEP", "CHAOS_COUNT", "CHAOS_FALLS"
# The steps of the request path, each after what is named has run; a method has its class before it.
SERVING = {
    "1 entered, before its commit": ("gateway.flash.entrance", "enter"),
    "1a ticket read": ("gateway.flash.desk", "Desk.admitted"),
    "2 gate passed": ("cache.flash_gate", "FlashGate.pass_through"),
    "3 batch gathered": ("gateway.flash.batcher", "_pick"),
    "4.1 buyers counted": ("store.flash.selling", "_hold"),
    "4.2 keys looked up": ("store.flash.selling", "_known"),
    "4.3 stock taken": ("store.flash.granting", "taken"),
    "4.4 reservations written": ("store.flash.granting", "_grant"),
    "4.5 before the commit": ("gateway.flash.batcher", "reserve"),
    "5 committed, nobody told": ("gateway.flash.batcher", "Batcher._answers"),
    "5 answer made": ("gateway.http.flash", "encoded_outcome"),
    "stock moved, before its commit": ("gateway.flash.searching", "refill"),
    "bucket held, before its commit": ("gateway.flash.desk", "hold_home"),
}
WORKING = {
    "lapse: found": ("work.flash", "overdue_sales"),
    "lapse: stock back, nobody told": ("store.flash.settling", "_returned"),
    "lapse: before the commit": ("work.flash", "expire"),
}


def arm() -> None:
    """Put in the fail point that the environment names, if it names one."""
    step = os.environ.get(STEP)
    if step:
        module, name = {**SERVING, **WORKING}[step]
        left = [int(os.environ[COUNT])]

        def hit() -> None:
            left[0] -= 1
            if left[0] == 0:
                fall(step)

        wrap(module, name, hit)


def fall(step: str) -> None:
    """Die as by kill −9; the file of falls says where."""
    file = os.open(Path(os.environ[FALLS]), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, f"{step}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)


def wrap(module: str, name: str, hit: Callable[[], None]) -> None:
    """Let `hit` be called whenever the function has run."""
    owner: Any = import_module(module)
    *within, last = name.split(".")
    for part in within:
        owner = getattr(owner, part)
    setattr(owner, last, _followed(getattr(owner, last), hit))


def _followed(function: Callable[..., Any], hit: Callable[[], None]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        async def awaited(*words: Any, **named: Any) -> Any:
            result = await function(*words, **named)
            hit()
            return result

        return awaited

    def called(*words: Any, **named: Any) -> Any:
        result = function(*words, **named)
        hit()
        return result

    return called
