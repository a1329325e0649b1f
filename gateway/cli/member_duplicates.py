"""`santong member find-duplicates`: a process of the back door that compares everybody once."""

import subprocess
import sys
from typing import Annotated

import typer

from gateway.cli.environment import command_settings, signing_settings
from gateway.federation.estate_file import read_estate


def find_duplicates(
    min_score: Annotated[
        float,
        typer.Option(min=0.01, max=1.0, help="The least probability that two are one person."),
    ] = 0.9,
) -> None:
    """Compare all memberships, and put people who look like one where somebody judges them."""
    settings = signing_settings(command_settings())
    estate = read_estate(settings.estate)
    asked = (estate.brand, estate.time_zone, "--min-score", str(min_score))
    done = subprocess.run([sys.executable, "-m", "work.duplicates", *asked], check=False)  # noqa: S603 - our own
    raise typer.Exit(done.returncode)
