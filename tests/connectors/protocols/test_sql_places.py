"""Where a database's address leads."""

import asyncio
import socket

import pytest

from capabilities.errors import BadInput, Unavailable
from connectors._kit import SecretPlaces, Upstream, address_rules
from connectors.protocols.sql import SqlClient


def client(url, *rows, resolver=None):
    upstream = Upstream("pos", addresses=address_rules(rows or ["public"], resolver))
    return SqlClient("pos", url, upstream=upstream)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u@127.0.0.1/d",
        "postgresql://u@localhost/d",
        "postgresql://u@10.0.0.7/d",
        "postgresql://u@169.254.169.254/d",
        "postgresql://u@db/d",
        "postgresql://u@0x7f.1/d",
        "postgresql://u@[::1]/d",
        "postgresql://u@/d",
        "postgresql:///d",
        "postgresql://u@/d?host=/run/postgresql",
        "postgresql://u@/d?host=@abstract",
        "postgresql://u@db.example/d?host=127.0.0.1",
        "postgresql://u@db.example/d?host=/run/postgresql",
        "postgresql://u@db.example,127.0.0.1/d",
        "postgresql://u@db.example/d?hostaddr=127.0.0.1",
        "postgresql://u@db.example/d?service=inside",
        "postgresql://u@db.example/d?passfile=/etc/passwd",
        "postgresql://u@db.example/d?sslkeylogfile=/tmp/keys",
        "postgresql://u@db.example/d?oauth_issuer=http://169.254.169.254&oauth_client_id=x",
        "postgresql://u@db.example:22/d",
        "postgresql://u@db.example/d?port=22",
        "mysql://u@127.0.0.1/d",
        "mysql://u@/d",
        "mysql://u@/d?socket=/run/mysqld.sock",
        "mysql://u@db.example/d?socket=/run/mysqld.sock",
        "mariadb://u@db.example:5432/d",
        "sqlserver://u@10.0.0.7/d",
        "sqlserver://u@/d",
        "mssql://u@localhost/d",
    ],
)
async def test_a_place_that_is_not_allowed_is_refused(url):
    with pytest.raises(BadInput) as caught:
        client(url)
    assert caught.value.code == "ADDRESS_REFUSED"


@pytest.mark.parametrize(
    ("row", "url"),
    [
        ("public", "postgresql://u@db.example/d"),
        ("10.0.0.0/8", "postgresql://u@10.0.0.7/d"),
        ("10.0.0.0/8", "postgresql://u@db/d"),
        ("unix:/run/postgresql", "postgresql://u@/d?host=/run/postgresql"),
        ("unix:/", "postgresql:///d"),
    ],
)
async def test_a_place_that_is_allowed_is_opened(row, url):
    await client(url, row).aclose()


@pytest.mark.parametrize("word", ["sslkey", "sslcert", "sslrootcert", "sslcrl", "sslcrldir"])
async def test_over_the_network_no_key_of_this_machine_is_named(word, tmp_path):
    upstream = Upstream("pos", addresses=address_rules(["public"]))
    inside = SecretPlaces(bounded=True, folder=tmp_path)
    for path in ("/etc/ssl/private/key.pem", "key.pem", f"{tmp_path}/../key.pem"):
        with pytest.raises(BadInput):
            SqlClient("pos", f"postgresql://u@d.example/d?{word}={path}", upstream=upstream,
                      places=inside)  # fmt: skip
    url = f"postgresql://u@d.example/d?{word}={tmp_path}/key.pem"
    await SqlClient("pos", url, upstream=upstream, places=inside).aclose()


@pytest.mark.parametrize("path", ["/run/docker.sock", "/run/postgresql/../docker.sock"])
async def test_a_socket_lies_in_its_folder(path):
    with pytest.raises(BadInput):
        client(f"postgresql://u@/d?host={path}", "unix:/run/postgresql")


@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "sqlserver"])
async def test_a_name_that_leads_to_this_machine_is_not_connected_to(scheme):
    async def look(host, port):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    database = client(f"{scheme}://u@db.example/d", resolver=look)
    with pytest.raises(Unavailable) as caught:
        await database.rows("SELECT 1 AS one", {}, dict)
    assert caught.value.code == "ADDRESS_REFUSED"
    await database.aclose()


async def test_the_address_that_was_checked_is_connected_to():
    """A name that only our resolver knows: libpq itself could not have looked it up."""
    came = asyncio.Event()

    async def serve(reader, writer):
        await reader.read(8)  # the request for TLS that PostgreSQL's clients begin with
        came.set()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]

    async def look(host, port):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    url = f"postgresql://u@nobody-knows.example:{port}/d"
    database = client(url, f"127.0.0.1:{port}", resolver=look)
    with pytest.raises(Unavailable) as caught:
        await database.rows("SELECT 1 AS one", {}, dict)
    assert caught.value.code == "UPSTREAM_UNAVAILABLE"
    assert came.is_set()
    await database.aclose()
    listening.close()
    await listening.wait_closed()
