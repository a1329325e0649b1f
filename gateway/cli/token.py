"""`santong token`: a bearer token for a role."""

from typing import Annotated

import typer

from capabilities.caller import MembershipKey, Role
from capabilities.errors import BadInput
from gateway.auth.tokens import mint
from gateway.cli.environment import command_settings, signing_settings
from gateway.federation.estate_file import read_estate

NAME = "token"

RoleOption = Annotated[Role, typer.Option(help="Who asks.", case_sensitive=False)]
StoreOption = Annotated[list[str] | None, typer.Option(help="A guide's store; may be repeated.")]
MemberOption = Annotated[str | None, typer.Option(help="A consumer's membership: CHANNEL:NUMBER.")]


def run(
    role: RoleOption = Role.OPERATIONS, store: StoreOption = None, member: MemberOption = None
) -> None:
    """Print a bearer token for a role, valid for SANTONG_TOKEN_TTL_SECONDS."""
    typer.echo(make_token(role, store or [], member))


def make_token(role: Role, stores: list[str], member: str | None) -> str:
    """A token of the estate's brand; BadInput where the role lacks its scope."""
    settings = signing_settings(command_settings())
    return mint(
        settings,
        role=role,
        brand=read_estate(settings.estate).brand,
        stores=stores,
        member=None if member is None else _membership(member),
    )


def _membership(text: str) -> MembershipKey:
    channel, colon, number = text.partition(":")
    if not (channel and colon and number):
        raise BadInput("a membership is written CHANNEL:NUMBER, such as shop:101")
    return MembershipKey(channel, number)
