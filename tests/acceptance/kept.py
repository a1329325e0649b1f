"""What a retailer keeps, as text to be searched: all rows, keys and values, however disguised."""

from base64 import b64encode
from hashlib import md5, sha256
from urllib.parse import quote

import psycopg
import redis
from psycopg import sql

WIDE = {ord(one): ord(one) + 0xFEE0 for one in "0123456789"}


def disguised(word):
    """A value as it may hide: hashed without a key, in base64, in a URL, in full-width digits."""
    raw = word.encode()
    return {
        sha256(raw).hexdigest(),
        md5(raw, usedforsecurity=False).hexdigest(),
        b64encode(raw).decode().rstrip("="),
        quote(word, safe=""),
        word.translate(WIDE),
    } - ({word} if quote(word, safe="") == word else set())


def kept_near(url):
    """Every key and value in Valkey."""
    with redis.Redis.from_url(url) as near:
        keys = list(near.scan_iter(count=1000))
        values = [part for key in keys for part in _held(near, key)]
    return b"\n".join([*keys, *values]).decode("utf-8", errors="replace")


def _held(near, key):
    """What a key holds; calls are counted in hashes, people who were looked up in sorted sets."""
    kind = near.type(key)
    if kind == b"hash":
        return [part for pair in near.hgetall(key).items() for part in pair]
    if kind == b"zset":
        return near.zrange(key, 0, -1)
    return [near.get(key) or b""]


def dump(dsn):
    """Every column of every table as text."""
    lines = []
    with psycopg.connect(dsn) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for table in tables:
            name = sql.Identifier(*table)
            statement = sql.SQL("SELECT t::text FROM {} t").format(name)
            lines += [f"{table[1]}: {row[0]}" for row in connection.execute(statement)]
    return "\n".join(lines)
