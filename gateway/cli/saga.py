"""`santong saga`: changes of orders over several systems that stopped half-way."""

from collections.abc import Awaitable, Callable
from datetime import UTC
from getpass import getuser
from typing import Annotated, TypeVar

import typer
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput
from capabilities.order.sagas import SagaDeclined, SagaState
from gateway.cli.console import console
from gateway.cli.store import at_owned
from gateway.redact import redacted_text
from store.order.sagas import Sagas
from store.owned import Owned
from store.privacy.data_keys import DataKeys

app = typer.Typer(name="saga", help="Changes of orders over several systems.", no_args_is_help=True)
_T = TypeVar("_T")
_WHY = {
    "SAGA_UNKNOWN": "there is no saga {!r} that is stuck",
    "SAGA_HAS_COMMAND": "saga {!r} waits for a command: try it again or discard it",
}


@app.command(name="list")
def show() -> None:
    """Show those that wait for a person, or do not move; exit code 1 where one is stuck."""
    found = _at(lambda sagas, owned: sagas.stuck(owned.now()))
    table = Table("id", "state", "step", "waits for", "reason", "since")
    for one in found:
        at = f"{one.changed_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        waits = one.waits_for or "a person"
        words = (one.saga, one.state.value, str(one.place), waits, one.reason or "", at)
        table.add_row(*map(Text, words))
    console.print(table)
    if any(one.state is SagaState.STUCK for one in found):
        raise typer.Exit(1)


@app.command()
def discard(
    saga: Annotated[str, typer.Argument(metavar="ID", help="Id of a saga, from `saga list`.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit trail.")],
) -> None:
    """Give up the step of one that is stuck without a command; it goes back from there."""
    author, why = f"cli:{getuser()}", redacted_text(reason)
    done = _at(
        lambda sagas, owned: owned.store.transaction(
            lambda run: sagas.discard(run, saga, author, owned.now(), why)
        )
    )
    if isinstance(done, SagaDeclined):
        raise BadInput(_WHY[done.code].format(saga), code=done.code)
    typer.echo(f"{saga}: {done.saga.state.value}")


def _at(work: Callable[[Sagas, Owned], Awaitable[_T]]) -> _T:
    def opened(owned: Owned) -> Awaitable[_T]:
        keys = DataKeys(owned.brand, owned.sealer)
        return work(Sagas(owned.store, owned.brand, keys), owned)

    return at_owned(opened)
