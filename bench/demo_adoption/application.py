"""The old application: the published client of the shop's own interface, pointed at Santong.

Nothing in it knows of Santong but the address that it was given.
"""

from http import HTTPStatus
from typing import Any

from woocommerce import API

from bench.demo_adoption.traffic import Unanswered
from bench.demo_adoption.world import CHANNEL, World

_PAGE = 100
_SECONDS = 60


class OldApplication:
    """Reads and changes customers, as before the shop was adopted."""

    def __init__(self, world: World) -> None:
        key, secret = _credentials(world)
        self._shop = API(
            url=f"{world.address}/compat/{CHANNEL}",
            consumer_key=key,
            consumer_secret=secret,
            version="wc/v3",
            timeout=_SECONDS,
        )

    def name_of(self, number: str) -> str | None:
        """A customer's family name; None where there is no such customer, else Unanswered."""
        answer = self._shop.get(f"customers/{number}")
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        if not answer.ok:
            raise Unanswered(str(answer.status_code))
        return str(answer.json()["last_name"])

    def rename(self, number: str, name: str) -> bool:
        """Change it; whether the shop said yes."""
        answer = self._shop.put(f"customers/{number}", {"last_name": name})
        return bool(answer.ok)

    def names(self) -> dict[str, str]:
        """Everybody's, page by page."""
        found: dict[str, str] = {}
        page = 1
        while rows := self._page(page):
            found |= {str(row["id"]): str(row["last_name"]) for row in rows}
            page += 1
        return found

    def _page(self, page: int) -> list[dict[str, Any]]:
        asked = {"role": "all", "per_page": _PAGE, "page": page, "orderby": "id", "order": "asc"}
        answer = self._shop.get("customers", params=asked)
        answer.raise_for_status()
        rows: list[dict[str, Any]] = answer.json()
        return rows


def _credentials(world: World) -> tuple[str, str]:
    """A key of an application of one channel, as its shop's clients know keys."""
    name = "old-application"
    made = world.santong("key", "new", name, "--role", "SERVICE", "--channel", CHANNEL)
    shown = world.santong("key", "consumer", name)
    if made.returncode or shown.returncode:
        raise RuntimeError(made.stderr + shown.stderr)
    key, secret = shown.stdout.split()
    return key, secret
