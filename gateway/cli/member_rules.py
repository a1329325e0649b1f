"""`santong member rules` and `recompute`: identity rules as data, tried before they hold."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
import typer
import yaml
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from capabilities.errors import BadInput
from capabilities.member.identity_rules import IdentityRules, read_rules
from gateway.cli.console import aside
from gateway.cli.given import author
from gateway.cli.store import at_owned

if TYPE_CHECKING:
    from store.member.recomputing import Recomputing

_T = TypeVar("_T")
_SECONDS = 60.0
File = Annotated[Path, typer.Argument(metavar="FILE", help="A YAML file of rules.")]

rules = typer.Typer(name="rules", help="Who is one person, as data.", no_args_is_help=True)


@rules.command()
def show() -> None:
    """Print the rules in force, as a file for `dry-run` and `put`."""
    from store.member.identity_rules import RulesInForce  # noqa: PLC0415  # only here

    version, found = at_owned(lambda owned: RulesInForce(owned.brand).current(owned.store.rows))
    plain = msgspec.to_builtins(found, str_keys=True)
    typer.echo(f"# version {version}")
    typer.echo(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False).rstrip())


@rules.command(name="dry-run")
def dry_run(file: File) -> None:
    """Say whom a draft would join and split; nothing is written."""
    draft = _read(file)
    effect = _anew(lambda anew, told: anew.dry_run(draft, told))
    typer.echo(f"{effect.memberships} memberships")
    typer.echo(f"people: {effect.people_before} now, {effect.people_after} by the draft")
    typer.echo(f"joined: {effect.joined}")
    for joined in effect.joined_samples:
        typer.echo(f"  {' + '.join(joined)}")
    typer.echo(f"split: {effect.split}")
    for one in effect.split_samples:
        typer.echo(f"  {one}")


@rules.command()
def put(file: File) -> None:
    """Put rules in force and make all people what they say; begun again, it goes on."""
    draft = _read(file)

    async def work(anew: "Recomputing", told: Callable[[int, int], None]) -> tuple[int, int]:
        version = await anew.put(draft, by=author(), at=_now())
        return version, await anew.recompute(told, _now)

    version, changed = _anew(work)
    typer.echo(f"version {version} is in force; {changed} people changed")


def recompute() -> None:
    """Make all people what the rules in force say; what is right already is not written."""
    typer.echo(f"{_anew(lambda anew, told: anew.recompute(told, _now))} people changed")


def _anew(
    ask: Callable[["Recomputing", Callable[[int, int], None]], Awaitable[_T]],
) -> _T:
    """What a walk over all memberships gives, with its progress beside it."""
    from store.member.recomputing import Recomputing  # noqa: PLC0415  # as above
    from store.privacy.data_keys import DataKeys  # noqa: PLC0415  # only here

    async def work(owned: Any) -> _T:
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=aside, transient=True) as progress:
            task = progress.add_task("", total=None)
            keys = DataKeys(owned.brand, owned.sealer)
            anew = Recomputing(owned.store, owned.brand, owned.key, keys)
            return await ask(
                anew, lambda done, total: progress.update(task, completed=done, total=total)
            )

    return at_owned(work, seconds=_SECONDS)


def _read(file: Path) -> IdentityRules:
    try:
        raw = yaml.safe_load(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise BadInput(f"{file} is no YAML file that can be read", code="RULES_INVALID") from exc
    return read_rules(raw)


def _now() -> datetime:
    return datetime.now(UTC)
