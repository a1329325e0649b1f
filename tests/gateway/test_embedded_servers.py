import os
import socket
import stat
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from sqlalchemy import create_engine, text

from gateway.embedded import EmbeddedError, EmbeddedPostgres, EmbeddedValkey

pytestmark = pytest.mark.suite


def _answer(path: Path, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))
        line.sendall(command)
        return line.recv(1024)


def test_postgres_is_the_18_with_the_settings_of_production(postgres):
    with psycopg.connect(postgres.dsn("postgres")) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version_num')::int / 10000, current_setting('fsync'),"
            " current_setting('synchronous_commit'), current_setting('listen_addresses'),"
            " current_setting('TimeZone'), current_setting('server_encoding'),"
            " (SELECT datlocprovider::text FROM pg_database WHERE datname = 'postgres')",
        ).fetchone()
    assert row == (18, "on", "on", "", "UTC", "UTF8", "b")


def test_a_database_is_created_once_and_kept(postgres):
    dsn = postgres.create_database("kept-twice")
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    assert postgres.create_database("kept-twice") == dsn
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_the_sockets_are_in_a_private_directory(postgres, valkey):
    for place in (postgres.socket_directory, valkey.socket_path.parent):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_valkey_answers_on_its_socket_and_opens_no_port(valkey):
    assert _answer(valkey.socket_path, b"PING\r\n") == b"+PONG\r\n"
    assert _answer(valkey.socket_path, b"CONFIG GET port\r\n").endswith(b"$1\r\n0\r\n")
    assert valkey.url == f"unix://{valkey.socket_path}"


def test_valkey_opens_a_loopback_port_when_asked(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        EmbeddedValkey.start(tmp_path, port=port),
        socket.create_connection(("127.0.0.1", port)) as line,
    ):
        line.sendall(b"PING\r\n")
        assert line.recv(16) == b"+PONG\r\n"


def test_what_was_committed_is_there_at_the_next_start(tmp_path):
    with EmbeddedPostgres.start(tmp_path) as first:
        with psycopg.connect(first.create_database("santong")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS id")
        ended = first.process
    assert ended.exit_code == 0
    with (
        EmbeddedPostgres.start(tmp_path) as second,
        psycopg.connect(second.dsn("santong")) as connection,
    ):
        assert connection.execute("SELECT id FROM kept").fetchone() == (7,)


def test_a_second_server_in_the_same_home_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.embedded.home.LOCK_SECONDS", 0.1)
    with EmbeddedValkey.start(tmp_path):
        with pytest.raises(EmbeddedError) as caught:
            EmbeddedValkey.start(tmp_path)
        assert caught.value.code == "EMBEDDED_HOME_BUSY"


def test_a_home_too_long_for_a_socket_gets_a_short_private_directory(tmp_path):
    home = tmp_path / ("long" * 30)
    with EmbeddedPostgres.start(home) as postgres, EmbeddedValkey.start(home) as valkey:
        short = [postgres.socket_directory, valkey.socket_path.parent]
        for place in short:
            assert len(str(place)) < 80
            assert stat.S_IMODE(place.stat().st_mode) == 0o700
        psycopg.connect(postgres.dsn("postgres")).close()
    assert not any(place.exists() for place in short)


def test_a_temporary_directory_that_is_too_long_as_well_is_passed_over(tmp_path, monkeypatch):
    far = tmp_path / ("far" * 40)
    far.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(far))
    with EmbeddedValkey.start(tmp_path / ("long" * 30)) as valkey:
        assert len(str(valkey.socket_path)) < 80


def test_a_short_directory_that_a_killed_parent_left_is_removed(tmp_path):
    home = tmp_path / ("long" * 30)
    left = tmp_path / "left"
    left.mkdir()
    (home / "run").mkdir(parents=True)
    (home / "run" / "valkey.sockets").symlink_to(left)
    with EmbeddedValkey.start(home):
        assert not left.exists()


def test_half_a_cluster_is_made_again(tmp_path):
    (tmp_path / "pg.draft").mkdir()
    (tmp_path / "pg.draft" / "PG_VERSION").write_text("18\n")
    with EmbeddedPostgres.start(tmp_path) as server:
        psycopg.connect(server.dsn("postgres")).close()


def test_a_stale_pid_file_does_not_stop_it(tmp_path):
    EmbeddedPostgres.start(tmp_path).stop()
    for stale in ("1\n", "", "no number\n"):
        (tmp_path / "pg" / "postmaster.pid").write_text(stale)
        with EmbeddedPostgres.start(tmp_path) as server:
            psycopg.connect(server.dsn("postgres")).close()


def test_a_pid_that_is_another_users_now_does_not_stop_it(tmp_path, monkeypatch):
    kill = os.kill

    def refuse(pid, number):
        if pid == 1:
            raise PermissionError
        kill(pid, number)

    EmbeddedPostgres.start(tmp_path).stop()
    (tmp_path / "pg" / "postmaster.pid").write_text("1\n")
    monkeypatch.setattr("gateway.embedded.postgres.os.kill", refuse)
    with EmbeddedPostgres.start(tmp_path) as server:
        psycopg.connect(server.dsn("postgres")).close()


@pytest.mark.parametrize("name", ['a "b" 百', "a,b", "a%b+c?d&e#f", "a'b\\c"])
def test_a_path_with_unusual_characters_works(tmp_path, name):
    with EmbeddedPostgres.start(tmp_path / name) as server:
        psycopg.connect(server.dsn("postgres")).close()
        engine = create_engine(server.dsn("postgres", scheme="postgresql+psycopg"))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        engine.dispose()
    with EmbeddedValkey.start(tmp_path / name) as server, Redis.from_url(server.url) as client:
        assert client.ping()
