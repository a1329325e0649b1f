"""`python -m work`: runs the jobs of the connectors that it is told of; `santong work` tells it.

`python -m work sync …` is one pass of the sync, which `santong sync` tells.
"""

import asyncio
import sys

from capabilities.errors import SantongError
from work.log import configure
from work.settings import WorkSettings


def main() -> int:
    """Work until the plan ends or a signal comes."""
    settings = WorkSettings()
    configure(settings.log_level)
    try:
        if sys.argv[1:2] == ["sync"]:
            from work import sync_command  # noqa: PLC0415 - one pass needs no jobs

            sync_command.main(settings, sys.argv[2:])
        else:
            from work.run import run  # noqa: PLC0415 - as above

            asyncio.run(run(settings, sys.stdin.buffer))
    except SantongError as error:
        print(f"{error.code} {error.message}", file=sys.stderr)  # noqa: T201 - its last word
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
