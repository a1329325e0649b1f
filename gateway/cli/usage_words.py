"""How the commands of usage say applications, numbers and days."""

from datetime import UTC, date, datetime, timedelta

from capabilities.usage.client import Client
from store.owned import Owned


def first_day(owned: Owned, days: int) -> date:
    """The first of so many days, today the last."""
    return owned.now().astimezone(owned.zone).date() - timedelta(days=days - 1)


def client_words(client: Client) -> str:
    """An application: its own word, and what it came with."""
    return f"{client.name} ({client.credential})" if client.name else client.credential


def number_words(count: int) -> str:
    """A number with its thousands."""
    return f"{count:,}"


def moment_words(at: datetime | None) -> str:
    """A moment to the minute."""
    return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}Z"
