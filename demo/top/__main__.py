"""`python -m demo.top --port N`: the simulated marketplace as a process."""

from demo.serve import read_options, serve
from demo.top import create_top


def main() -> None:
    """Read the command line and serve until a signal."""
    options = read_options("python -m demo.top")
    serve(create_top(options.seed, options.scale), options.host, options.port)


if __name__ == "__main__":
    main()
