"""`python -m demo.pos seed | add | proxy`: the tills' database and its misbehaving proxy."""

import argparse
import asyncio
import contextlib
import sys

from demo.pos.proxy import run_proxy
from demo.pos.seed import add_sales, seed_database
from demo.sample import DEFAULT_SEED


def main() -> None:
    """Read the command line and do one of the three."""
    options = _parser().parse_args()
    if options.command == "seed":
        filled = seed_database(options.dsn, options.seed, options.scale)
        sys.stdout.write("filled\n" if filled else "already there\n")
    elif options.command == "add":
        numbers = add_sales(options.dsn, options.count)
        sys.stdout.write(f"{' '.join(map(str, numbers))}\n")
    else:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(run_proxy(options.listen, options.upstream, options.control_port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo.pos")
    commands = parser.add_subparsers(dest="command", required=True)
    seed = commands.add_parser("seed", help="make and fill the tables, once")
    seed.add_argument("--dsn", required=True)
    seed.add_argument("--scale", type=int, default=1)
    seed.add_argument("--seed", type=int, default=DEFAULT_SEED)
    add = commands.add_parser("add", help="ring up more sales")
    add.add_argument("--dsn", required=True)
    add.add_argument("--count", type=int, default=1)
    proxy = commands.add_parser("proxy", help="relay to the database, with faults on request")
    proxy.add_argument("--listen", required=True, help="a socket path or a loopback port")
    proxy.add_argument("--upstream", required=True, help="a socket path or a loopback port")
    proxy.add_argument("--control-port", type=int, required=True)
    return parser


if __name__ == "__main__":
    main()
