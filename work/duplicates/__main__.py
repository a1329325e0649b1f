"""`python -m work.duplicates BRAND ZONE`: one search for likely duplicates."""

import argparse
import asyncio
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from capabilities.errors import SantongError
from store.engine import Store
from store.owned import owned_by
from work.duplicates.find import LEAST_SCORE, Found, find_duplicates
from work.settings import WorkSettings

_STORE_SECONDS = 60.0


def main() -> int:
    """Search once, with progress, and say what was found."""
    parser = argparse.ArgumentParser(prog="santong member find-duplicates")
    parser.add_argument("brand")
    parser.add_argument("zone")
    parser.add_argument("--min-score", type=float, default=LEAST_SCORE)
    asked = parser.parse_args()
    try:
        found = asyncio.run(_search(asked.brand, asked.zone, asked.min_score))
    except SantongError as error:
        print(f"{error.code}: {error.message}", file=sys.stderr)  # noqa: T201 - a command's word
        return 1
    print(f"{found.compared} memberships compared, {found.pairs} pairs to judge")  # noqa: T201 - as above
    return 0


async def _search(brand: str, zone: str, least: float) -> Found:
    settings = WorkSettings()
    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=1)
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        owned = owned_by(store, brand, settings.keys(), zone)
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("reading", total=None)

            def read(done: int, whole: int) -> None:
                progress.update(task, completed=done, total=whole)

            return await find_duplicates(owned, least, read)
    finally:
        await store.aclose()


if __name__ == "__main__":
    sys.exit(main())
