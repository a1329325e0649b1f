"""`python -m demo.douyin --port N`: the simulated live-stream shop as a process."""

from demo.douyin import create_douyin
from demo.serve import read_options, serve


def main() -> None:
    """Read the command line and serve until a signal."""
    options = read_options("python -m demo.douyin")
    serve(create_douyin(options.seed, options.scale), options.host, options.port)


if __name__ == "__main__":
    main()
