"""Indexes behind the migrations: built while others write, and anew where one is half built."""

import threading

import psycopg
import pytest
from alembic import command

from store.later_indexes import LATER
from store.migrate import alembic_config, upgrade

_INSERT = """
  INSERT INTO order_copies (brand, channel, number, key_length, newest, kind, status,
    payment_status, fulfillment_status, read_at, owner, sealed_order)
  VALUES ('b', 'shop', %s, 1, 0, 'SALE', 'OPEN', 'PAID', 'NONE', now(), 'o', '')
"""


@pytest.fixture
def unbuilt(empty_database):
    """A database in which none of them stands yet."""
    with alembic_config(empty_database) as config:
        command.upgrade(config, "head")
    return empty_database


def standing(database):
    """Whether each is whole, by name; those that are not there are missing."""
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT c.relname, i.indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid"
            " WHERE c.relname = ANY(%s)",
            [list(LATER)],
        )
        return dict(rows.fetchall())


def test_every_one_stands_behind_the_migrations(unbuilt):
    assert standing(unbuilt) == {}
    upgrade(unbuilt)
    assert standing(unbuilt) == dict.fromkeys(LATER, True)


def test_one_that_was_left_half_built_is_built_anew(unbuilt):
    upgrade(unbuilt)
    with psycopg.connect(unbuilt, autocommit=True) as connection:
        connection.execute(
            "UPDATE pg_index SET indisvalid = false"
            " WHERE indexrelid = 'order_copies_buyer'::regclass"
        )
    assert not standing(unbuilt)["order_copies_buyer"]
    upgrade(unbuilt)
    assert standing(unbuilt) == dict.fromkeys(LATER, True)


def test_others_write_while_one_is_built(unbuilt):
    with psycopg.connect(unbuilt) as early, psycopg.connect(unbuilt) as other:
        early.execute(_INSERT, ["1"])  # whoever builds waits for this one to end
        building = threading.Thread(target=upgrade, args=[unbuilt])
        building.start()
        with psycopg.connect(unbuilt, autocommit=True) as looking:
            while not looking.execute(_BUILDS).fetchone():
                pass
        other.execute("SET lock_timeout = '30s'")
        other.execute(_INSERT, ["2"])
        other.commit()
        assert building.is_alive()
        early.commit()
        building.join(60)
    assert standing(unbuilt) == dict.fromkeys(LATER, True)


def test_processes_that_start_together_wait_for_one_another(unbuilt):
    both = [threading.Thread(target=upgrade, args=[unbuilt]) for _ in range(3)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert standing(unbuilt) == dict.fromkeys(LATER, True)


_BUILDS = """
  SELECT 1 FROM pg_stat_progress_create_index WHERE datname = current_database()
    AND relid = 'order_copies'::regclass AND phase LIKE 'waiting%'
"""
