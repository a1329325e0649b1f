"""`python -m demo.youzan --port N`: the simulated mini-program shop as a process."""

from demo.serve import read_options, serve
from demo.youzan import create_youzan


def main() -> None:
    """Read the command line and serve until a signal."""
    options = read_options("python -m demo.youzan")
    serve(create_youzan(options.seed, options.scale), options.host, options.port)


if __name__ == "__main__":
    main()
