"""`santong adoption`: writes that two sides have, whether they differ, and who is right."""

from datetime import UTC, timedelta
from getpass import getuser
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from capabilities.adoption.states import Side
from capabilities.errors import BadInput
from capabilities.member.conflicts import (
    ConflictDeclined,
    ConflictFilter,
    MemberConflict,
    Ruling,
)
from gateway.cli.at_work import run_at_work
from gateway.cli.console import console
from gateway.cli.store import LONG_SECONDS, at_owned
from gateway.redact import redacted_text
from store.adoption.outbox import Outbox, Undrained
from store.engine import Run
from store.member.conflict_desk import ConflictDesk, Deciding
from store.member.conflicts import Conflicts
from store.owned import Owned
from store.privacy.data_keys import DataKeys

_CAPABILITY = "member"
Channel = Annotated[str, typer.Argument(metavar="CHANNEL", help="Code of a channel.")]
Of = Annotated[
    str, typer.Argument(metavar="CAPABILITY", help="`member`: the one that two sides write.")
]


def reconcile(channel: Channel, capability: Of = _CAPABILITY) -> None:
    """Hold both sides against each other and repair what differs; exit code 1 where anything did.

    It counts by field, tells the side that does not lead, and writes what it found as evidence.
    """
    _of_members(capability)
    if code := run_at_work(["reconcile", channel]):
        raise typer.Exit(code)


def pending(
    *, as_json: Annotated[bool, typer.Option("--json", help="As JSON, for a program.")] = False
) -> None:
    """Writes that one side has and the other has not; exit code 1 where one waits for a person."""
    found = at_owned(lambda owned: Outbox(owned.store, owned.brand).all())
    if as_json:
        import msgspec  # noqa: PLC0415 - seldom asked for

        typer.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        table = Table("channel", "on their way", "for a person", "oldest")
        for one in found:
            oldest = (
                "" if one.oldest is None else f"{one.oldest.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
            )
            table.add_row(one.channel, str(one.waiting), str(one.dead), oldest)
        console.print(table)
    if any(one.dead for one in found):
        raise typer.Exit(1)


def drain(
    channel: Channel,
    within: Annotated[int, typer.Option(min=1, help="Seconds to wait at most.")] = 60,
) -> None:
    """Wait until a system has every write that the platform took first; exit code 1 if not."""

    async def work(owned: Owned) -> Undrained:
        outbox = Outbox(owned.store, owned.brand)
        with console.status("asking") as status:

            def tell(left: Undrained) -> None:
                status.update(f"{left.waiting:,} writes of {channel} are on their way")

            return await outbox.drained(channel, timedelta(seconds=within), tell)

    left = at_owned(work)
    typer.echo(
        f"{channel}: {left.waiting:,} writes are on their way, {left.dead:,} wait for a person"
    )
    if left.count:
        raise typer.Exit(1)


def conflicts(
    channel: Annotated[str | None, typer.Option(help="Only those of one channel.")] = None,
    first: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
) -> None:
    """Members that both sides changed in the same field, the oldest first; values are masked."""

    async def work(owned: Owned) -> list[MemberConflict]:
        kept = Conflicts(owned, DataKeys(owned.brand, owned.sealer))
        return await kept.page(first, _of(channel))

    table = Table("id", "revision", "channel", "number", "field", "here", "there", "since")
    for one in at_owned(work):
        at = f"{one.found_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
        for name in one.fields:
            values = (one.ours[name] or "", one.theirs[name] or "")
            words = (one.key, one.revision, one.channel, one.number, name, *values, at)
            table.add_row(*map(Text, words))
    console.print(table)


def decide(
    conflict: Annotated[str, typer.Argument(metavar="ID", help="From `adoption conflicts`.")],
    keep: Annotated[Side, typer.Option(help="Whose value both sides shall have.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the audit trail.")],
    revision: Annotated[
        str | None, typer.Option(help="As it was listed: of another one nothing is decided.")
    ] = None,
) -> None:
    """Decide which side of a conflict is right; the other one is told."""

    async def work(owned: Owned) -> Deciding:
        desk = ConflictDesk(owned, DataKeys(owned.brand, owned.sealer))
        author, why = f"cli:{getuser()}", redacted_text(reason)
        ruling = Ruling(keep=keep, author=author, reason=why, seen=revision)

        async def run(run: Run) -> Deciding:
            return await desk.decide(run, conflict, ruling)

        return await owned.store.transaction(run)

    done = at_owned(work, seconds=LONG_SECONDS)
    if isinstance(done, ConflictDeclined):
        changed = f"{conflict!r} has other values by now; list it again"
        gone = f"there is no open conflict {conflict!r}"
        message = changed if done.code == "CONFLICT_CHANGED" else gone
        raise BadInput(message, code=done.code)
    typer.echo(f"{conflict}: {done.state.value}")


def _of(channel: str | None) -> ConflictFilter:
    return ConflictFilter(channels=None if channel is None else frozenset({channel}))


def _of_members(capability: str) -> None:
    if capability.lower() != _CAPABILITY:
        message = f"writes of {capability!r} are led by their system alone; there is member"
        raise BadInput(message, code="CAPABILITY_NOT_DUAL")
