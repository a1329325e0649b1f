"""What the box says when it is ready."""

import shutil
import sys
from pathlib import Path

from rich.rule import Rule

from gateway.auth.demo import demo_tokens
from gateway.cli.console import console
from gateway.settings import Settings

_PERSON = "gateway/explorer/queries/10-person.graphql"
_PAGE = (
    "query($after: String) { orders(first: 3, after: $after)"
    " { edges { node { number placedAt } } pageInfo { hasNextPage endCursor } } }"
)
_REPORT = "{ orders(first: 3) { sources { name status latencyMs count message } } }"


def greet(settings: Settings) -> None:
    """Prints the address, a token for each role, and commands to try."""
    address = f"http://{settings.host}:{settings.port}"
    console.print(Rule("[bold]Santong 三通[/]"))
    _line(f"The explorer: [bold]{address}/[/]   the graph: {address}/graphql")
    for label, token in demo_tokens(settings).items():
        _line(f"\n[bold]{label}[/]\n{token}")
    _line("\n[bold]To try, in another window[/]")
    for what, command in _commands(address).items():
        _line(f"  {what:<20} {command}")
    _line("\nCtrl-C stops everything.")
    console.print(Rule())


def _line(text: str) -> None:
    # not wrapped, so that a token or a command can be copied from a narrow window
    console.print(text, soft_wrap=True)


def _commands(address: str) -> dict[str, str]:
    santong = _command()
    bearer = f'"Authorization: Bearer $({santong} token)"'
    return {
        "ask": f"{santong} query {_PERSON}",
        "have orders pushed": f"{santong} demo orders shop 3 && {santong} hooks recent",
        "break a source": f"{santong} demo fault shop timeout --seconds 60",
        "read its report": f"{santong} query '{_REPORT}'",
        "page": f"{santong} query --variables '{{\"after\": null}}' '{_PAGE}'",
        "see what waits": f"{santong} work status",
        "ask without GraphQL": f"curl -s -H {bearer} {address}/api/members/by-phone/13912345678",
        "look at metrics": f"curl -s -H {bearer} {address}/metrics",
    }


def _command() -> str:
    if shutil.which("santong"):
        return "santong"
    own = Path(sys.prefix) / "bin" / "santong"
    return str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own)
