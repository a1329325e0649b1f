"""`python -m bench.chaos.child serve|work|sell|lapse`: what ships, or that with something in it."""

import asyncio
import os
import sys

from bench.chaos.failing import arm
from bench.chaos.naive import VARIANT, put_in


def main() -> None:
    """Run one process of Santong."""
    what = sys.argv.pop(1)
    arm()
    if os.environ.get(VARIANT):
        put_in(os.environ[VARIANT], setattr)
    if what == "serve":
        from gateway.cli import main as serve  # noqa: PLC0415 - after what is put in

        sys.argv[1:] = ["serve"]
        serve()
    elif what in ("sell", "lapse"):
        from bench.chaos import desk  # noqa: PLC0415 - as above

        asyncio.run(desk.sell() if what == "sell" else desk.lapse())
    else:
        from work.__main__ import main as work  # noqa: PLC0415 - as above

        sys.exit(work())


if __name__ == "__main__":
    main()
