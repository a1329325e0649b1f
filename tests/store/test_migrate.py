import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from capabilities.errors import StoreUnavailable
from store.address import driver_url
from store.metadata import METADATA
from store.migrate import Patience, alembic_config, upgrade


def _tables(database_url):
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for (name,) in rows}


def _differences(database_url):
    engine = create_engine(driver_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        found = compare_metadata(context, METADATA)
    engine.dispose()
    return found


def test_models_and_migrations_agree(database):
    assert _differences(database) == []


def test_a_column_that_no_migration_makes_is_noticed(database):
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE products DROP COLUMN unit")
    assert [change[0] for change in _differences(database)] == ["add_column"]


def test_up_down_and_up_again(empty_database):
    upgrade(empty_database)
    up = _tables(empty_database)
    with alembic_config(empty_database) as config:
        command.downgrade(config, "base")
    assert _tables(empty_database) == {"alembic_version"}
    upgrade(empty_database)
    assert _tables(empty_database) == up == {*METADATA.tables, "alembic_version"}


def test_upgrading_what_is_up_to_date_keeps_every_row(database):
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO state_versions VALUES ('b', 'estate', 7, now())")
    upgrade(database)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT version FROM state_versions").fetchone() == (7,)


def test_no_other_process_migrates_meanwhile(empty_database):
    with alembic_config(empty_database) as config, psycopg.connect(empty_database) as other:
        command.upgrade(config, "head")
        other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT pg_advisory_xact_lock(%s)", [0x5A_07_06_1D])


@pytest.fixture
def waiting(empty_database):
    """A database whose next migration alters `flash_proposals`; the revision that it stands at."""
    with alembic_config(empty_database) as config:
        before = ScriptDirectory.from_config(config).get_revision("0069").down_revision
        command.upgrade(config, before)
    return before


def test_a_migration_says_which_table_is_held_and_by_whom_and_changes_nothing(
    empty_database, waiting
):
    heard = []
    with psycopg.connect(empty_database, application_name="report") as other:
        other.execute("SELECT count(*) FROM flash_proposals")
        with pytest.raises(StoreUnavailable) as refused:
            upgrade(empty_database, patience=Patience(0.5, 2.5), told=heard.append)
        pid = other.info.backend_pid
    assert refused.value.code == "MIGRATION_LOCKED"
    for told in (refused.value.message, *heard):
        assert told.startswith(f"flash_proposals is held by process {pid} (user ")
        assert "report, idle in transaction, begun " in told
        assert "SELECT" not in told
    assert heard
    with psycopg.connect(empty_database) as connection:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert rows == [(waiting,)]


@pytest.mark.usefixtures("waiting")
def test_a_migration_makes_way_and_goes_on_when_the_table_is_free(empty_database):
    with psycopg.connect(empty_database) as other:
        other.execute("SELECT count(*) FROM flash_proposals")

        def heard(_):
            with psycopg.connect(empty_database) as third:  # who came behind it waits no longer
                third.execute("SET lock_timeout = '30s'; SELECT count(*) FROM flash_proposals")
            other.rollback()

        upgrade(empty_database, patience=Patience(0.2, 60), told=heard)
    assert _differences(empty_database) == []


def test_the_brand_leads_every_primary_key_and_index():
    for table in METADATA.tables.values():
        assert next(iter(table.primary_key.columns)).name == "brand"
