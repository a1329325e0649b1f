"""`python -m demo.jd --port N`: the simulated JD as a process."""

from demo.jd import create_jd
from demo.serve import read_options, serve


def main() -> None:
    """Read the command line and serve until a signal."""
    options = read_options("python -m demo.jd")
    serve(create_jd(options.seed, options.scale), options.host, options.port)


if __name__ == "__main__":
    main()
