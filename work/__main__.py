"""`python -m work`: runs the jobs of the connectors that it is told of; `santong work` tells it.

`python -m work sync …` is one pass of the sync, which `santong sync` tells, `python -m work
reconcile …` one comparison of what two sides write, and `python -m work sample …` one of answers.
"""

import asyncio
import gc
import sys

from capabilities.errors import SantongError
from work.log import configure
from work.settings import WorkSettings

# A batch makes thousands of containers that die together and have no cycles: a fifth of the
# processor time of a pass went into looking for what is not there.
_COLLECT_AT = (50_000, 10, 10)


def main() -> int:
    """Work until the plan ends or a signal comes."""
    gc.disable()  # what is imported stays
    settings = WorkSettings()
    configure(settings.log_level)
    try:
        if sys.argv[1:2] == ["sync"]:
            from work import sync_command  # noqa: PLC0415 - one pass needs no jobs

            _collect_rarely()
            sync_command.main(settings, sys.argv[2:])
        elif sys.argv[1:2] == ["reconcile"]:
            from work import reconcile_command  # noqa: PLC0415 - as above

            return reconcile_command.main(settings, sys.argv[2:])
        elif sys.argv[1:2] == ["sample"]:
            from work import sample_command  # noqa: PLC0415 - as above

            sample_command.main(settings, sys.argv[2:])
        else:
            from work.run import run  # noqa: PLC0415 - as above

            _collect_rarely()
            asyncio.run(run(settings, sys.stdin.buffer))
    except SantongError as error:
        print(f"{error.code} {error.message}", file=sys.stderr)  # noqa: T201 - its last word
        return 1
    return 0


def _collect_rarely() -> None:
    gc.freeze()
    gc.set_threshold(*_COLLECT_AT)
    gc.enable()


if __name__ == "__main__":
    sys.exit(main())
