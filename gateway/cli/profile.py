"""`santong profile`: figures of people, and the rules by which attributes survive."""

from pathlib import Path
from typing import Annotated

import msgspec
import typer
import yaml
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from capabilities.errors import BadInput
from capabilities.profile.rules import ProfileRules
from gateway.cli.console import aside
from gateway.cli.given import author
from gateway.cli.store import at_owned
from store.owned import Owned
from store.profile.purchases_computing import PurchasesComputing
from store.profile.rules import ProfileRulesVersions

app = typer.Typer(name="profile", help="What is known of people.", no_args_is_help=True)
rules = typer.Typer(name="rules", help="Which value of an attribute stands.", no_args_is_help=True)
app.add_typer(rules)
_AT_ONCE = 2_000
_SECONDS = 300.0


@app.command()
def recompute() -> None:
    """Compute everybody's figures and categories anew, where the work process is not waited for."""

    async def work(owned: Owned) -> int:
        computing = PurchasesComputing(owned.store, owned.brand)
        done, after = 0, ""
        columns = (TextColumn("{task.completed:,.0f} people"), TimeElapsedColumn())
        with Progress(*columns, console=aside, transient=True) as progress:
            task = progress.add_task("people", total=None)
            while people := await computing.compute_after(after, _AT_ONCE, owned.now()):
                after, done = people[-1], done + len(people)
                progress.update(task, completed=done)
        return done

    typer.echo(f"{at_owned(work, seconds=_SECONDS)} people computed")


@rules.command()
def show() -> None:
    """Print the rules in force as YAML."""
    version, found = at_owned(
        lambda owned: ProfileRulesVersions(owned.store, owned.brand).current()
    )
    typer.echo(f"# version {version}")
    plain = msgspec.to_builtins(found)
    typer.echo(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False).rstrip())


@rules.command()
def put(
    file: Annotated[Path, typer.Argument(help="A YAML file with `keys` and `otherwise`.")],
    reason: Annotated[str, typer.Option(help="Why, for their history.")],
) -> None:
    """Put rules in force; they hold for what was told before, too."""
    try:
        raw = yaml.safe_load(file.read_text("utf-8-sig"))
        given = msgspec.convert(raw, ProfileRules)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise BadInput(f"{file} cannot be read as YAML", code="PROFILE_RULES_INVALID") from exc
    except msgspec.ValidationError as exc:
        raise BadInput(f"{file}: {exc}", code="PROFILE_RULES_INVALID") from exc

    async def work(owned: Owned) -> int:
        versions = ProfileRulesVersions(owned.store, owned.brand)
        return await versions.put(given, author=author(), reason=reason, at=owned.now())

    typer.echo(f"rules {at_owned(work)} are in force")
