"""`santong member merge|unmerge|candidates|decide`: who is whom, decided by people."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import uuid4

import typer
from rich.table import Table
from rich.text import Text

from capabilities.caller import Caller, MembershipKey, Role, Visibility
from capabilities.declined import Declined
from capabilities.errors import BadInput
from capabilities.member.merging import MergeBlock, MergeDeclined, MergePart
from capabilities.member.review import CandidateState, Verdict
from gateway.cli.console import console
from gateway.cli.given import author
from gateway.cli.store import at_owned

if TYPE_CHECKING:
    from gateway.platform.identity import Identities

_T = TypeVar("_T")
_SECONDS = 30.0
Reason = Annotated[str, typer.Option(help="Why, such as a ticket's number; nothing personal.")]
Override = Annotated[
    list[str] | None, typer.Option(help="Code of a block to merge in spite of; repeatable.")
]
Preview = Annotated[bool, typer.Option("--preview", help="Say what would happen, do nothing.")]


def merge(
    one_ids: Annotated[
        list[str], typer.Argument(metavar="ONEID...", help="OneIDs of at least two members.")
    ],
    reason: Reason = "",
    override: Override = None,
    *,
    preview: Preview = False,
) -> None:
    """Make one member of several; their memberships move and stay as they are."""
    if preview:
        looked = _asked(lambda part: part.merge_preview(one_ids))
        _parts(looked.parts)
        if looked.coming_along:
            typer.echo("would come along, for only what stands against it keeps them apart:")
            _parts(looked.coming_along)
        typer.echo(f"{looked.one_id} would stand")
        _blocks(looked.blocks)
        return
    _wanted(reason)
    done = _done(lambda part: part.merge(one_ids, override or [], {}, reason, uuid4().hex))
    typer.echo(f"{done.one_id} stands; {', '.join(done.merged)} lead to her; merge {done.record}")


def unmerge(
    record: Annotated[
        str, typer.Argument(metavar="[MERGE]", help="The merge to undo.", show_default=False)
    ] = "",
    reason: Reason = "",
    membership: Annotated[
        list[str] | None,
        typer.Option(metavar="CHANNEL:NUMBER", help="A membership of another; repeatable."),
    ] = None,
    *,
    preview: Preview = False,
) -> None:
    """Undo a merge, or take memberships from a member whom rules made of several."""
    keys = [_key(one) for one in membership or ()]
    if bool(record) == bool(keys):
        raise BadInput("name a merge, or memberships with --membership")
    if preview:
        _parts(_asked(lambda part: part.unmerge_preview(record)).parts)
        return
    _wanted(reason)
    key = uuid4().hex
    _parts(
        _done(
            lambda part: (
                part.split(keys, reason, key) if keys else part.unmerge(record, reason, key)
            )
        ).parts
    )


def candidates(
    min_score: Annotated[
        float | None, typer.Option(help="Only pairs that a model gave this much.")
    ] = None,
    first: Annotated[int, typer.Option(min=1, max=100, help="How many.")] = 20,
) -> None:
    """Show pairs of members that wait for somebody to judge them."""
    page = _asked(lambda part: part.candidates(CandidateState.OPEN, min_score, first, None))
    table = Table("pair", "score", "one", "other", "evidence")
    for one in page.pairs:
        evidence = "; ".join(f"{each.reason} {each.kind} {each.scope}" for each in one.evidence)
        score = "" if one.score is None else f"{one.score:.3f}"
        table.add_row(*map(Text, (one.key, score, one.left, one.right, evidence)))
    console.print(table)
    typer.echo(f"{len(page.pairs)} of {page.count}")


def decide(
    pair: Annotated[str, typer.Argument(metavar="PAIR", help="The pair, as `candidates` has it.")],
    verdict: Annotated[Verdict, typer.Argument(case_sensitive=False, help="What becomes of it.")],
    reason: Reason,
    override: Override = None,
) -> None:
    """Judge a pair: merge the two, leave them for now, or keep them apart for good."""
    done = _done(lambda part: part.judge(pair, verdict, override or [], reason, uuid4().hex))
    stands = f"; {done.one_id} stands; merge {done.record}" if done.one_id else ""
    typer.echo(f"{done.state.value}{stands}")


def _asked(ask: Callable[["Identities"], Awaitable[_T]]) -> _T:
    from gateway.federation.asking import Request  # noqa: PLC0415  # slow to import
    from gateway.platform.identity import Identities  # noqa: PLC0415  # as above

    async def work(owned: Any) -> _T:
        visibility = Visibility(role=Role.ADMIN, brand=owned.brand)
        caller = Caller(subject=author(), visibility=visibility)
        request: Any = Request(None, visibility)  # type: ignore[arg-type]  # no system is asked
        return await ask(Identities(owned, caller, request))

    return at_owned(work, seconds=_SECONDS)


def _done(ask: Callable[["Identities"], Awaitable[Any]]) -> Any:
    """What was done; one line and exit code 1 where it was declined."""
    found = _asked(ask)
    if isinstance(found, Declined):
        typer.echo(f"nothing was done: {found.code}")
        if isinstance(found, MergeDeclined):
            _blocks(found.blocks)
        raise typer.Exit(1)
    return found


def _wanted(reason: str) -> None:
    if not reason.strip():
        raise BadInput("say why with --reason")


def _key(text: str) -> MembershipKey:
    channel, colon, number = text.partition(":")
    if not (channel and colon and number):
        raise BadInput("a membership is written CHANNEL:NUMBER")
    return MembershipKey(channel, number)


def _parts(parts: tuple[MergePart, ...]) -> None:
    table = Table("member", "version", "memberships")
    for one in parts:
        held = " ".join(f"{key.channel}:{key.number}" for key in one.memberships)
        table.add_row(*map(Text, (one.one_id, str(one.version), held)))
    console.print(table)


def _blocks(blocks: tuple[MergeBlock, ...]) -> None:
    for one in blocks:
        typer.echo(f"against it: {one.code}")
