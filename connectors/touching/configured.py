"""The senders that an operator has written down, opened."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import yaml
from msgspec import Meta, Struct

from capabilities.errors import BadInput
from capabilities.lifecycle.sending import TouchSender
from connectors._kit.addresses import AddressRules
from connectors._kit.secrets import resolve
from connectors.touching.drop import DropSender
from connectors.touching.webhook import WebhookSender

_INVALID = "SENDERS_INVALID"
Name = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[a-z0-9_-]+$")]


class Webhook(Struct, frozen=True, kw_only=True, tag_field="kind", tag="webhook"):
    """A signed webhook; `secret` is a reference such as env:NAME."""

    name: Name
    url: str
    secret: str


class Drop(Struct, frozen=True, kw_only=True, tag_field="kind", tag="drop"):
    """A folder that CSV files are dropped into."""

    name: Name
    folder: str


class Senders(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file of senders."""

    senders: tuple[Webhook | Drop, ...]


def read_senders(path: Path) -> Senders:
    """The senders of a file; BadInput SENDERS_INVALID where it cannot be read."""
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Senders, strict=False)
    except (OSError, ValueError, yaml.YAMLError, msgspec.ValidationError) as exc:
        message = f"the file of senders cannot be read: {type(exc).__name__}"
        raise BadInput(message, code=_INVALID) from None
    names = [one.name for one in found.senders]
    if len(set(names)) < len(names):
        raise BadInput("two senders have the same name", code=_INVALID)
    return found


def open_senders(path: Path | None, addresses: AddressRules) -> Sequence[TouchSender]:
    """Every sender, ready; none without a file."""
    if path is None:
        return ()
    return [_opened(one, addresses) for one in read_senders(path).senders]


def _opened(one: Webhook | Drop, addresses: AddressRules) -> TouchSender:
    if isinstance(one, Drop):
        return DropSender(one.name, Path(one.folder))
    return WebhookSender(one.name, one.url, resolve(one.secret), addresses=addresses)
