"""What the commands write for people: errors, and steps that take a while."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape

from capabilities.errors import SantongError

console = Console(highlight=False)
# Beside the answer of a command, which another program may read.
aside = Console(stderr=True, highlight=False)


def show_error(error: SantongError) -> None:
    """One error: its code, then what to do."""
    aside.print(f"[bold red]{error.code}[/] {escape(error.message)}", soft_wrap=True)


@contextmanager
def step(label: str) -> Iterator[None]:
    """Turns a wheel while the step runs and leaves a line with its time."""
    began = time.monotonic()
    with console.status(label):
        yield
    console.print(f"[green]✓[/] {label} [dim]{time.monotonic() - began:.1f} s[/]")
