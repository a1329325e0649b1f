"""`python -m demo.meituan --port N`: the simulated takeaway platform as a process."""

from demo.meituan import create_meituan
from demo.serve import read_options, serve


def main() -> None:
    """Read the command line and serve until a signal."""
    options = read_options("python -m demo.meituan")
    serve(create_meituan(options.seed, options.scale), options.host, options.port)


if __name__ == "__main__":
    main()
