"""`python -m work`: runs the jobs of the connectors that it is told of; `santong work` tells it."""

import asyncio
import sys

from capabilities.errors import SantongError
from work.log import configure
from work.run import run
from work.settings import WorkSettings


def main() -> int:
    """Work until the plan ends or a signal comes."""
    settings = WorkSettings()
    configure(settings.log_level)
    try:
        asyncio.run(run(settings, sys.stdin.buffer))
    except SantongError as error:
        print(error.message, file=sys.stderr)  # noqa: T201 - the command's last word
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
