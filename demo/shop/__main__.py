"""`python -m demo.shop --port N`: the simulated web shop as a process."""

from demo.serve import read_options, serve
from demo.shop import create_shop


def main() -> None:
    """Read the command line and serve until a signal."""
    options = read_options("python -m demo.shop")
    serve(create_shop(options.seed, options.scale), options.host, options.port)


if __name__ == "__main__":
    main()
