"""Backups by PostgreSQL's own tools: the platform, its data keys apart, and who was erased.

Data keys lie in a file of their own that is thrown away after a few days: a value whose key was
deleted is then readable in no backup, however long the rest is kept.
"""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from msgspec import Struct
from psycopg import conninfo, sql

from capabilities.errors import BadInput
from gateway.embedded.binaries import postgres_binary
from gateway.embedded.errors import EmbeddedError
from gateway.keys import keyring
from gateway.settings import Settings
from store.copied.copying import open_copied
from store.engine import Store
from store.privacy.data_keys import DataKeys
from store.privacy.graveyard import (
    Graveyard,
    Replay,
    decode_graveyard,
    encode_graveyard,
    read_graveyard,
)
from store.privacy.tombstones import Tombstones

_KEYS_TABLE = "public.data_keys"
_PLATFORM, _KEYS, _ERASED = "platform-", "keys-", "erased-"
_STORE_SECONDS = 600.0


class Backup(Struct, frozen=True, kw_only=True):
    """The files of one backup, and files of earlier data keys that were thrown away."""

    platform: Path
    keys: Path
    erased: Path
    forgotten: Sequence[Path] = ()


def back_up(
    settings: Settings, brand: str, folder: Path, now: datetime, keep_keys_days: int
) -> Backup:
    """Write a backup into a folder that only its owner reads."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = f"{now:%Y%m%dT%H%M%SZ}"
    made = Backup(
        platform=folder / f"{_PLATFORM}{stamp}.dump",
        keys=folder / f"{_KEYS}{stamp}.dump",
        erased=folder / f"{_ERASED}{stamp}.json",
        forgotten=_old(folder, now, keep_keys_days),
    )
    url = settings.database_url.get_secret_value()
    _dump(url, made.platform, "--exclude-table-data", _KEYS_TABLE)
    _dump(url, made.keys, "--data-only", "--table", _KEYS_TABLE)
    made.erased.write_bytes(encode_graveyard(asyncio.run(_erased_in(url, brand))))
    for path in (made.platform, made.keys, made.erased):
        path.chmod(0o600)
    for path in made.forgotten:
        path.unlink()
    return made


def restore(
    settings: Settings, brand: str, folder: Path, *, replace: bool, platform: Path | None = None
) -> int:
    """Restore the newest backup, or `platform`; memberships of erased people that it forgot.

    The database gets its name, and so can be asked, only when everybody who was ever erased is
    gone from it. One that has the name is put aside under another with `replace`.
    """
    url = settings.database_url.get_secret_value()
    name = conninfo.conninfo_to_dict(url).get("dbname")
    source = platform or _newest(folder, _PLATFORM)
    if source is None or not name:
        raise BadInput(f"{folder} has no backup", code="BACKUP_MISSING")
    there = _exists(url, str(name))
    if there and not replace:
        message = f"there is a database {name!r}; stop what uses it and say --replace"
        raise BadInput(message, code="DATABASE_EXISTS")
    lists = [decode_graveyard(path.read_bytes()) for path in sorted(folder.glob(f"{_ERASED}*"))]
    if there:
        lists.append(asyncio.run(_erased_in(url, brand)))
    closed = f"{name}_restoring"
    _fill(url, closed, source, _keys_of(source, folder))
    gone = asyncio.run(_replay(settings, brand, _named(url, closed), lists))
    _open(url, closed, str(name), there=there)
    return gone


async def _replay(settings: Settings, brand: str, url: str, lists: Sequence[Graveyard]) -> int:
    own = keyring(settings)
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=2)
    try:
        keys = DataKeys(brand, own.sealer())
        stones = Tombstones.under(brand, own.derived("hashes"))
        return await Replay(store, keys, stones, open_copied(store, brand, own)).replay(lists)
    finally:
        await store.aclose()


async def _erased_in(url: str, brand: str) -> Graveyard:
    store = Store.open(url, deadline_seconds=_STORE_SECONDS, connections=1)
    try:
        return await read_graveyard(store, brand)
    finally:
        await store.aclose()


def _old(folder: Path, now: datetime, days: int) -> list[Path]:
    """Files of data keys whose time is over."""
    ended = now.timestamp() - days * 86_400
    return [path for path in folder.glob(f"{_KEYS}*.dump") if path.stat().st_mtime < ended]


def _newest(folder: Path, kind: str) -> Path | None:
    return max(folder.glob(f"{kind}*.dump"), default=None)


def _keys_of(platform: Path, folder: Path) -> Path | None:
    """The data keys of a backup; None where their time was over."""
    own = folder / platform.name.replace(_PLATFORM, _KEYS, 1)
    return own if own.is_file() else _newest(folder, _KEYS)


def _program(name: str) -> str:
    """The tool of PostgreSQL 18 that Santong brings, else the one on the path."""
    try:
        return str(postgres_binary(name))
    except EmbeddedError as exc:
        found = shutil.which(name)
        if found is None:
            raise BadInput(f"{name} of PostgreSQL is not here", code="BACKUP_TOOL") from exc
        return found


def _run(name: str, *words: str, url: str) -> None:
    """One tool; the address goes by the environment, where no list of processes shows it."""
    given = conninfo.conninfo_to_dict(url)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
    own = {names[key]: str(value) for key, value in given.items() if key in names and value}
    command = [_program(name), *words, "--dbname", str(given["dbname"])]
    done = subprocess.run(  # noqa: S603 - our own words
        command, env={**os.environ, **own}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        told = " ".join(done.stderr.split())[:500]
        raise BadInput(f"{name} failed: {told}", code="BACKUP_FAILED")


def _dump(url: str, target: Path, *words: str) -> None:
    schemas = () if "--table" in words else ("--schema", "public")
    _run(
        "pg_dump", "--format=custom", "--no-owner", *schemas, *words, "--file", str(target), url=url
    )


def _named(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{quote(name)}").geturl()


def _exists(url: str, name: str) -> bool:
    with psycopg.connect(_named(url, "postgres"), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return found.fetchone() is not None


def _fill(url: str, name: str, platform: Path, keys: Path | None) -> None:
    """A new database, which nothing else knows of, with everything of a backup."""
    with psycopg.connect(_named(url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    target = _named(url, name)
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public")
    _run("pg_restore", "--no-owner", "--exit-on-error", str(platform), url=target)
    if keys is not None:
        _run("pg_restore", "--no-owner", "--exit-on-error", "--data-only", str(keys), url=target)


def _open(url: str, closed: str, name: str, *, there: bool) -> None:
    """Give the restored database its name; one that has it is put aside."""
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with psycopg.connect(_named(url, "postgres"), autocommit=True) as connection:
        if there:
            stamp = connection.execute("SELECT to_char(now(), 'YYYYMMDDHH24MISS')").fetchone()
            aside = f"{name}_before_{stamp[0] if stamp else ''}"
            try:
                connection.execute(rename.format(sql.Identifier(name), sql.Identifier(aside)))
            except psycopg.errors.ObjectInUse as exc:
                message = f"somebody uses the database {name!r}; stop gateways and work first"
                raise BadInput(message, code="DATABASE_IN_USE") from exc
        connection.execute(rename.format(sql.Identifier(closed), sql.Identifier(name)))
