"""Who takes a step at a shell that two people take: proven by a token of her own.

The user's name of a machine proves nothing: whoever is there sets it as she likes.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from capabilities.caller import Caller, Person
from capabilities.errors import BadInput
from capabilities.flash.lifecycle import proven
from capabilities.visibility import POLICY
from gateway.auth.issued import Issuers
from gateway.auth.issuers_file import read_issuers
from gateway.auth.keys_in_force import KeysInForce
from gateway.auth.known import KnownCallers
from gateway.cli.environment import command_settings, signing_settings
from gateway.cli.given import given_secrets
from gateway.cli.store import LONG_SECONDS, at_owned
from gateway.platform.whole_brand import of_every_store
from gateway.settings import Settings
from store.access.api_keys import ApiKeys
from store.owned import Owned

TokenFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="File of your own bearer token; asked for, or a line of standard input, where absent.",
    ),
]
_T = TypeVar("_T")
_ASKED = Path("-")
_ALONE = "Steps that two people take are taken for the whole brand."


def at_person(
    token_file: Path | None, field: str, work: Callable[[Owned, Person], Awaitable[_T]]
) -> _T:
    """What `work` gives of the platform for a person whom the graph lets use a mutation."""
    token = given_token(token_file)
    settings = signing_settings(command_settings())

    async def opened(owned: Owned) -> _T:
        caller = await caller_of(settings, owned, token, field)
        return await work(owned, proven(caller))

    return at_owned(opened, seconds=LONG_SECONDS)


def given_token(file: Path | None) -> str:
    """A token out of a file, typed without an echo, or from standard input: never an argument."""
    if file is None or file == _ASKED:
        return given_secrets(["token"])["token"].strip()
    try:
        return file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as exc:
        raise BadInput(f"{file} cannot be read as a token", code="UNAUTHENTICATED") from exc


async def caller_of(settings: Settings, owned: Owned, token: str, field: str) -> Caller:
    """Whose token it is, verified as the gateway does; refused as the graph refuses `field`."""
    issuers = Issuers(read_issuers(settings.issuers), owned.brand)
    keys = KeysInForce(ApiKeys(owned.store, owned.brand), owned.brand, lambda: 1, age=lambda: 0.0)
    callers = KnownCallers(settings, owned.brand, issuers)
    callers.keys = keys
    try:
        await keys.look()
        caller = await callers.caller(f"Bearer {token}".encode())
    finally:
        await issuers.aclose()
    if (refusal := POLICY.rule("Mutation", field).refusal(caller)) is not None:
        raise refusal
    of_every_store(caller.visibility, _ALONE)
    return caller
