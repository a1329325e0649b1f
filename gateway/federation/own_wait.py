"""A wait of one's own for an answer that several wait for."""

import asyncio
from copy import copy
from typing import TypeVar

from capabilities.errors import SantongError

T = TypeVar("T")


def fail(held: "asyncio.Future[T]", error: BaseException) -> None:
    """End a wait with an error of its own: a shared one would carry others' tracebacks."""
    if held.done():
        return
    own = copy(error) if isinstance(error, SantongError) else error
    own.__cause__ = error.__cause__
    held.set_exception(own)
    held.exception()  # looked at, so that nobody warns where a sibling's error came first


def beside(held: "asyncio.Future[T]") -> "asyncio.Future[T]":
    """A wait of one's own: who gives it up takes it from nobody else."""
    own: asyncio.Future[T] = held.get_loop().create_future()

    def settle(done: "asyncio.Future[T]") -> None:
        if done.cancelled():
            own.cancel()
        elif (error := done.exception()) is not None:
            fail(own, error)
        elif not own.done():
            own.set_result(done.result())

    held.add_done_callback(settle)
    return own
