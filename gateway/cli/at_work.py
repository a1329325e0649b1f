"""One run of the work process for a command, told of the connectors in force."""

import asyncio
import sys
from collections.abc import Sequence

from capabilities.working import encode_plan
from gateway.cli.environment import command_settings, signing_settings
from gateway.cli.work import plan_of
from gateway.settings import Settings

_STORE_SECONDS = 5.0


def run_at_work(words: Sequence[str]) -> int:
    """What these words ask of `python -m work`; its exit code."""
    return asyncio.run(_told(signing_settings(command_settings()), words))


async def _told(settings: Settings, words: Sequence[str]) -> int:
    from gateway.federation.estate_file import read_estate  # noqa: PLC0415  # slow, as in work
    from store.engine import Store  # noqa: PLC0415  # as above
    from store.operating.connectors import RegisteredConnectors  # noqa: PLC0415  # as above

    url = settings.database_url.get_secret_value()
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=1)
    try:
        kept = RegisteredConnectors(store, read_estate(settings.estate).brand)
        line = encode_plan(await plan_of(settings, kept))
    finally:
        await store.aclose()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "work", *words), stdin=asyncio.subprocess.PIPE
    )
    await process.communicate(line)
    return process.returncode or 0
