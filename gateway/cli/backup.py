"""`santong backup` and `santong restore`: the platform on disk, and back without who was erased."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.console import step
from gateway.cli.environment import command_settings, signing_settings
from gateway.federation.estate_file import read_estate

_KEEP_KEYS_DAYS = 7
Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Where backups lie.")]


def backup(
    folder: Folder,
    keep_keys_days: Annotated[
        int, typer.Option(min=1, help="How long files of data keys are kept.")
    ] = _KEEP_KEYS_DAYS,
) -> None:
    """Write a backup: the platform, its data keys apart, and who was erased."""
    from gateway.backup import back_up  # noqa: PLC0415  # only this command needs it

    settings = signing_settings(command_settings())
    brand, now = read_estate(settings.estate).brand, datetime.now(UTC)
    with step("backing up"):
        made = back_up(settings, brand, folder, now, keep_keys_days)
    for path in (made.platform, made.keys, made.erased):
        typer.echo(f"{path}  {path.stat().st_size} bytes")
    for path in made.forgotten:
        typer.echo(f"{path}  thrown away")


def restore(
    folder: Folder,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put a database of this name aside.")
    ] = False,
    dump: Annotated[
        Path | None, typer.Option(help="The file to restore; the newest where absent.")
    ] = None,
) -> None:
    """Restore a backup into the database of SANTONG_DATABASE_URL, without whoever was erased."""
    from gateway.backup import restore as restored  # noqa: PLC0415  # as above

    settings = signing_settings(command_settings())
    brand = read_estate(settings.estate).brand
    with step("restoring"):
        gone = restored(settings, brand, folder, replace=replace, platform=dump)
    typer.echo(f"{gone} memberships of erased people were taken out before it opened")
