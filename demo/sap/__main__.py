"""`python -m demo.sap --port N`: the simulated SAP system as a process."""

from demo.sap import create_sap
from demo.serve import read_options, serve


def main() -> None:
    """Read the command line and serve until a signal."""
    options = read_options("python -m demo.sap")
    serve(create_sap(options.seed, options.scale), options.host, options.port)


if __name__ == "__main__":
    main()
