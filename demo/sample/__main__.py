"""`python -m demo.sample --scale 1 --out DIR` writes the reference files."""

import argparse
from pathlib import Path

from demo.sample import DEFAULT_SEED, make_retailer
from demo.sample.files import write_files


def main() -> None:
    """Read the command line, write three files."""
    parser = argparse.ArgumentParser(prog="python -m demo.sample")
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    write_files(make_retailer(options.seed, options.scale), options.out)


if __name__ == "__main__":
    main()
