"""`python -m gateway.cli`: the `santong` command from the sources."""

from gateway.cli import main

main()
