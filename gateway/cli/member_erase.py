"""`santong member erase`: a person is made gone, and who else has to forget her is listed."""

from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer
from rich.table import Table
from rich.text import Text

from capabilities.errors import BadInput, SantongError
from capabilities.estate import Capability, ConnectorSpec
from capabilities.member.erasure import (
    EraseDeclined,
    EraseWish,
    Erasure,
    ErasureState,
    Knower,
)
from gateway.cli.console import console
from gateway.cli.given import author
from gateway.cli.store import at_owned
from gateway.redact import redacted_text

if TYPE_CHECKING:
    from store.owned import Owned

_SECONDS = 60.0
_SHOWN = 200
OneId = Annotated[str, typer.Argument(metavar="ONEID", help="OneID of the person.")]


def erase(
    one_id: OneId,
    reason: Annotated[str, typer.Option(help="Why, such as a ticket's number; nothing personal.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a person: unreadable at once, and kept from coming back."""
    if not yes:
        typer.confirm(f"{one_id} will be gone for good. Go on?", abort=True)
    knowers = _knowers()

    async def done(owned: "Owned") -> Erasure | EraseDeclined:
        from store.privacy.data_keys import DataKeys  # noqa: PLC0415  # only this command needs it
        from store.privacy.erasing import Erasing  # noqa: PLC0415  # as above
        from store.privacy.tombstones import Tombstones  # noqa: PLC0415  # as above

        stones = Tombstones.under(owned.brand, owned.key)
        erasing = Erasing(owned.store, DataKeys(owned.brand, owned.sealer), stones)
        outcome = await erasing.erase(
            EraseWish(one_id=one_id, reason=redacted_text(reason), knowers=knowers),
            author=author(),
            idempotency_key=uuid4().hex,
            now=owned.now(),
        )
        if isinstance(outcome, Erasure | EraseDeclined):
            return outcome
        raise BadInput("the key of this wish was used before", code=outcome.code)

    found = at_owned(done, seconds=_SECONDS)
    if isinstance(found, EraseDeclined):
        raise BadInput(f"nobody is known by {one_id!r}", code=found.code)
    typer.echo(f"erasure {found.id}")
    _show([found])


def erasures(
    connector: Annotated[
        str | None, typer.Option(help="Only what one system has still to do by hand.")
    ] = None,
    first: Annotated[int, typer.Option(min=1, max=1000, help="How many erasures.")] = 20,
) -> None:
    """Show erasures and how every place stands; with --connector what its owner has to do."""

    async def found(owned: "Owned") -> Sequence[Erasure]:
        from store.privacy.erasures import Erasures  # noqa: PLC0415  # only this command needs it

        return await Erasures(owned.store, owned.brand).newest(_SHOWN if connector else first)

    told = at_owned(found)
    if connector is None:
        _show(told)
        return
    table = Table("erasure", "place", "channel", "number", "state")
    for one in told:
        for place in one.places:
            if place.place.startswith(f"{connector}/") and place.state is not ErasureState.DONE:
                numbers = (place.channel or "", place.customer or "", place.state.value)
                table.add_row(one.id, *map(Text, (place.place, *numbers)))
    console.print(table)


def by_hand(
    erasure: Annotated[str, typer.Argument(metavar="ERASURE", help="Id of the erasure.")],
    place: Annotated[str, typer.Argument(metavar="PLACE", help="The place as it is listed.")],
) -> None:
    """Say that the owner of a system has erased a person there by hand."""

    async def moved(owned: "Owned") -> bool:
        from store.privacy.erasures import Erasures  # noqa: PLC0415  # only this command needs it

        kept = Erasures(owned.store, owned.brand)
        return await kept.move(erasure, place, ErasureState.DONE, owned.now())

    if not at_owned(moved):
        message = f"erasure {erasure!r} has no place {place!r} that is still to be done"
        raise BadInput(message, code="PLACE_UNKNOWN")
    typer.echo(f"{place} is done")


def _knowers() -> tuple[Knower, ...]:
    """Every system of the estate that may know people; one that is broken takes no command."""
    from gateway.cli.connecting import Desk, at_the_desk  # noqa: PLC0415  # slow to import
    from gateway.platform.privacy import takes_erasures  # noqa: PLC0415  # as above

    async def knower(desk: Desk, spec: ConnectorSpec) -> Knower:
        channels = [code for words in spec.channels.values() for code in words.values()]
        own: frozenset[str] = frozenset(spec.channels.get(Capability.MEMBER, {}).values())
        try:
            connector = await desk.open(spec)
        except SantongError:
            return Knower(connector=spec.name, channels=frozenset(channels))
        erases = own if takes_erasures(connector) else frozenset()
        await connector.aclose()
        return Knower(connector=spec.name, channels=frozenset(channels), erases=erases)

    async def read(desk: Desk) -> tuple[Knower, ...]:
        plan = (await desk.all()).plan
        return tuple([await knower(desk, spec) for spec in plan.connectors])

    return at_the_desk(read)


def _show(told: Sequence[Erasure]) -> None:
    table = Table("erased", "one id", "by", "reason", "place", "state")
    for one in told:
        at = f"{one.erased_at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
        for place in one.places:
            words = (at, one.one_id, one.author, one.reason, place.place, place.state.value)
            table.add_row(*map(Text, words))
    console.print(table)
