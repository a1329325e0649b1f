"""`santong key` and `santong audit`, against a real store."""

import psycopg
import pytest

from capabilities.api_keys import presented
from tests.gateway.serving import KEY, settings_for
from tests.migrated import migrated


@pytest.fixture
def command(santong, tmp_path, postgres):
    database = migrated(postgres, f"access_{tmp_path.name}")
    environment = {
        "COLUMNS": "200",
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings_for(tmp_path).estate),
        "SANTONG_DATABASE_URL": database,
    }

    def run(*words):
        return santong(*words, **environment)

    run.database = database
    return run


def test_a_key_is_shown_once_rotated_and_revoked_and_the_trail_says_so(command):
    made = command("key", "new", "reports", "--role", "operations", "--channel", "shop")
    assert presented(made.stdout.strip()) is not None
    assert "KEY_EXISTS" in command("key", "new", "reports", "--role", "ADMIN").stderr
    turned = command("key", "rotate", "reports", "--overlap-minutes", "5").stdout.strip()
    listed = command("key", "list").stdout
    assert turned.split("_")[1] in listed
    assert "until" in listed
    assert turned.rpartition("_")[2] not in listed
    assert command("key", "revoke", "reports").returncode == 0
    again = command("key", "revoke", "reports")
    assert (again.returncode, "KEY_UNKNOWN" in again.stderr) == (1, True)
    trail = command("audit", "list", "--action", "key.revoked")
    assert "key.revoked" in trail.stdout
    assert "key.created" not in trail.stdout
    head = command("audit", "verify")
    assert (head.returncode, head.stdout.partition(":")[0]) == (0, "3")
    assert command("audit", "verify", "--expect", head.stdout.strip()).returncode == 0
    with psycopg.connect(command.database) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE audit_entries SET actor = 'x' WHERE number = 2")
    broken = command("audit", "verify")
    assert (broken.returncode, broken.stdout.partition(":")[0]) == (1, "entry 2")


def test_an_end_that_is_none_is_refused(command):
    told = command("audit", "verify", "--expect", "nonsense")
    assert (told.returncode, "NUMBER:HASH" in told.stderr) == (1, True)
