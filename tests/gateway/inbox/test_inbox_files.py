"""Files in parts at a real gateway: whole or not there, once, of their sender's own stores."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.gateway.inbox import landing_child
from tests.gateway.inbox.pushing_files import NAME, csv_of, takes_files
from tests.migrated import migrated

_NUMBERS = count()
DAY = csv_of(*range(1, 30))


@pytest.fixture
def database(postgres):
    made = migrated(postgres, f"inbox_files_{next(_NUMBERS)}")
    return str(made)


@pytest.fixture
def gateway(tmp_path, database):
    with takes_files(tmp_path, database) as found:
        yield found


@pytest.fixture
def key(gateway):
    return gateway.add_sender("m0001", "M0001")


def told(answer):
    return answer.json()["errors"][0]["extensions"]


def code_of(answer):
    return told(answer)["code"]


def test_a_whole_file_lands_and_is_taken_with_its_store_and_day(gateway, key):
    answer = gateway.part("m0001", key, NAME, DAY)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"offset": len(DAY), "whole": True, "time": answer.json()["time"]}
    assert gateway.landed() == [NAME]
    assert (gateway.folder / "pushed" / NAME).read_bytes() == DAY
    assert [(one.name, one.outcome, one.rows) for one in gateway.scan()] == [(NAME, "taken", 29)]
    assert gateway.taken() == sorted((str(number), "M0001") for number in range(1, 30))
    assert gateway.landed("processed") == [NAME]
    status = gateway.run_inbox("status", "till").stdout
    line = next(line for line in status.splitlines() if NAME in line)
    assert [cell.strip() for cell in line.split("│")[1:5]] == [
        "m0001", NAME, f"{len(DAY):,}", "whole",
    ]  # fmt: skip


@pytest.mark.parametrize("cut", [1, 2, len(DAY) // 2, len(DAY) - 1])
def test_parts_go_on_where_they_were_cut_and_no_half_file_is_read(gateway, key, cut):
    first = gateway.part("m0001", key, NAME, DAY[:cut], of=DAY)
    assert first.json()["offset"] == cut
    assert not first.json()["whole"]
    assert gateway.scan() == []
    status = gateway.run_inbox("status", "till").stdout
    assert f"{cut:,}" in status
    again = gateway.part("m0001", key, NAME, DAY[:cut], of=DAY)
    assert (again.status_code, code_of(again), told(again)["wanted"]) == (409, "INBOX_OFFSET", cut)
    assert gateway.part("m0001", key, NAME, DAY[cut:], of=DAY, offset=cut).json()["whole"]
    assert [one.rows for one in gateway.scan()] == [29]


def test_a_whole_file_again_has_the_same_answer_and_no_effect(gateway, key):
    first = gateway.part("m0001", key, NAME, DAY).json()
    gateway.scan()
    again = gateway.part("m0001", key, NAME, DAY).json()
    assert {**first, "time": 0} == {**again, "time": 0}
    last = gateway.part("m0001", key, NAME, DAY[5:], of=DAY, offset=5).json()
    assert last["whole"]
    assert gateway.landed() == gateway.landed("parts") == []
    assert gateway.scan() == []


def test_a_corrected_file_replaces_the_day_and_the_first_content_may_come_back(gateway, key):
    for numbers in ((1, 2, 3), (1, 3), (1, 2, 3)):
        assert gateway.part("m0001", key, NAME, csv_of(*numbers)).json()["whole"]
        gateway.scan()
        assert gateway.taken() == [(str(number), "M0001") for number in numbers]


def test_other_content_under_one_name_forgets_what_was_on_its_way(gateway, key):
    other = csv_of(7)
    gateway.part("m0001", key, NAME, DAY[:100], of=DAY)
    assert gateway.part("m0001", key, NAME, other).json()["whole"]
    assert gateway.landed("parts") == []
    late = gateway.part("m0001", key, NAME, DAY[100:], of=DAY, offset=100)
    assert (code_of(late), told(late)["wanted"]) == ("INBOX_OFFSET", 0)


def test_content_that_is_not_what_was_announced_is_thrown_away(gateway, key):
    torn = b"x" + DAY[1:]
    gateway.part("m0001", key, NAME, torn[:50], of=DAY)
    answer = gateway.part("m0001", key, NAME, DAY[50:], of=DAY, offset=50)
    assert (answer.status_code, code_of(answer)) == (409, "INBOX_FILE_CHANGED")
    assert told(answer)["wanted"] == 0
    assert gateway.landed() == gateway.landed("parts") == []
    assert gateway.part("m0001", key, NAME, DAY).json()["whole"]


def test_a_body_that_is_not_the_part_or_goes_beyond_the_file_is_refused(gateway, key):
    wrong = gateway.part("m0001", key, NAME, DAY, sent=DAY[:-1] + b"x")
    beyond = gateway.part("m0001", key, NAME, DAY, head={"size": 10})
    assert {(one.status_code, code_of(one)) for one in (wrong, beyond)} == {(400, "INBOX_BODY")}
    assert not (gateway.folder / "pushed").exists()


@pytest.mark.parametrize(
    "name",
    [
        *("../M0001_20261020.csv", "/etc/M0001_20261020.csv", "a\\M0001_20261020.csv", ".."),
        *(".M0001_20261020.csv", "M0001_20261020.csv\n", "M0001_20261020.csv\0", " M0001.csv"),
        *("M0001_20261020.csv/", "parts/M0001_20261020.csv", "C:M0001_20261020.csv"),
        *("M0001_20261020\u202evsc.csv", "e\u0301_M0001_20261020.csv", "茶" * 70, "notes.txt"),
        *("M0001_20261399.csv", "M0001_20261020.csv.done"),
    ],
)
def test_a_name_that_leads_elsewhere_or_is_nobodys_is_refused(gateway, key, name, tmp_path):
    before = sorted(path for path in tmp_path.rglob("*") if "pg" not in path.parts)
    answer = gateway.part("m0001", key, name, DAY)
    assert answer.status_code in (400, 422)
    assert code_of(answer) == "INBOX_FILE_NAME"
    after = [path for path in tmp_path.rglob("*") if path.name == "20261020.csv"]
    assert after == []
    assert sorted(path for path in tmp_path.rglob("*") if "pg" not in path.parts) == before


def test_a_sender_writes_its_own_stores_only_whatever_name_and_rows_say(gateway, key):
    other = gateway.add_sender("m0002", "M0002")
    gateway.part("m0002", other, "M0002_20261020.csv", csv_of(1, 2, store="M0002"))
    gateway.scan()
    foreign = gateway.part("m0001", key, "M0002_20261020.csv", csv_of(9, store="M0002"))
    assert (foreign.status_code, code_of(foreign)) == (403, "INBOX_FILE_STORE")
    hidden = csv_of(5) + csv_of(1, store="M0002", total="0.01").split(b"\n", 1)[1]
    assert gateway.part("m0001", key, NAME, hidden).json()["whole"]
    (taken,) = gateway.scan()
    assert (taken.rows, taken.bad) == (1, 1)
    assert gateway.taken() == [("1", "M0002"), ("2", "M0002"), ("5", "M0001")]
    totals = {one["total"]["amount"] for one in gateway.orders()[0]}
    assert totals == {"9.90"}
    assert "ANOTHER_STORE" in gateway.run_inbox("status", "till").stdout


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"sign": "0" * 64}, "INBOX_SIGNATURE"),
        ({"path": "/inbox/other"}, "INBOX_SIGNATURE"),
        ({"head": {"sender": "nobody"}}, "INBOX_SIGNATURE"),
        ({"head": {"time": 1}}, "INBOX_CLOCK"),
        ({"head": {"offset": -1}}, "INBOX_HEAD"),
        ({"head": {"table": "sales"}}, "INBOX_HEAD"),
        ({"head": {"file": ""}}, "INBOX_HEAD"),
        ({"head": {"sha256": "A" * 64}}, "INBOX_HEAD"),
        ({"head": {"size": 10**10}}, "INBOX_FILE_TOO_LARGE"),
    ],
)
def test_what_is_forged_old_or_too_large_is_refused_before_anything_is_kept(
    gateway, key, wrong, code
):
    answer = gateway.part("m0001", key, NAME, DAY, **wrong)
    assert code_of(answer) == code
    assert not (gateway.folder / "pushed").exists()


def test_a_part_that_is_replayed_after_the_file_was_taken_does_nothing(gateway, key):
    gateway.part("m0001", key, NAME, DAY[:100], of=DAY)
    gateway.part("m0001", key, NAME, DAY[100:], of=DAY, offset=100)
    gateway.scan()
    for offset, body in ((0, DAY[:100]), (100, DAY[100:])):
        replayed = gateway.part("m0001", key, NAME, body, of=DAY, offset=offset)
        assert replayed.json()["whole"]
    assert gateway.landed() == gateway.landed("parts") == []


def test_rows_for_a_folder_and_files_for_a_table_are_refused(gateway, key):
    answer = gateway.push("m0001", key, 1, b"{}")
    assert (answer.status_code, code_of(answer)) == (404, "INBOX_CONNECTOR")


@pytest.mark.parametrize("name", ["pushed", "parts"])
def test_a_link_in_the_place_of_a_folder_leads_no_file_elsewhere(gateway, key, tmp_path, name):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = gateway.folder if name == "pushed" else gateway.folder / "pushed"
    place.mkdir(exist_ok=True)
    (place / name).symlink_to(elsewhere)
    answer = gateway.part("m0001", key, NAME, DAY)
    assert answer.status_code == 503
    assert list(elsewhere.iterdir()) == []
    assert gateway.scan() == []


def test_a_link_in_the_place_of_a_part_is_written_by_nobody(gateway, key, tmp_path):
    gateway.part("m0001", key, NAME, DAY[:10], of=DAY)
    (part,) = (gateway.folder / "pushed" / "parts").iterdir()
    target = tmp_path / "target"
    target.write_bytes(DAY[:10])
    part.unlink()
    part.symlink_to(target)
    answer = gateway.part("m0001", key, NAME, DAY[10:], of=DAY, offset=10)
    assert answer.status_code == 503
    assert target.read_bytes() == DAY[:10]


def test_what_is_abandoned_is_forgotten_and_there_is_no_more_room_than_agreed(tmp_path, database):
    with takes_files(tmp_path, database, inbox_room_bytes=len(DAY) + 500) as gateway:
        key = gateway.add_sender("m0001", "M0001")
        assert gateway.part("m0001", key, NAME, DAY).json()["whole"]
        other = csv_of(*range(1, 20))
        full = gateway.part("m0001", key, "M0001_20261021.csv", other)
        assert (full.status_code, code_of(full)) == (507, "INBOX_FULL")
        assert gateway.landed() == [NAME]


def test_many_parts_at_once_give_one_whole_file(gateway, key):
    other = gateway.add_sender("m0001b", "M0001")
    name = "M0001_20261021.csv"
    answers = []

    def send(sender, secret, whole):
        at = 0
        while at is not None:
            answer = gateway.part(sender, secret, name, whole[at : at + 200], of=whole, offset=at)
            if answer.status_code == 200:
                at = None if answer.json()["whole"] else answer.json()["offset"]
            elif answer.status_code == 409:
                at = told(answer)["wanted"]
            elif answer.status_code != 429:
                answers.append(answer)
                return

    wholes = {"m0001": csv_of(1, 2, 3, 4), "m0001b": csv_of(5, 6, 7, 8)}
    threads = [
        threading.Thread(target=send, args=(sender, secret, wholes[sender]))
        for sender, secret in [("m0001", key), ("m0001", key), ("m0001b", other)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers == []
    landed = (gateway.folder / "pushed" / name).read_bytes()
    assert landed in wholes.values()
    assert gateway.landed("parts") == []


def test_a_link_lost_in_the_middle_of_a_part_leaves_nothing_of_it(gateway, key):
    made = gateway.part
    raw = []
    gateway.post = lambda *given, **_: raw.append(given)
    made("m0001", key, NAME, DAY)
    del gateway.post
    batch, sign, body = raw[0]
    head = (
        f"POST /inbox/till HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Santong-Batch: {batch}\r\nSantong-Signature: {sign}\r\n\r\n"
    ).encode()
    whole = head + body
    for cut in (0, 5, len(head) - 3, len(head), len(head) + 1, len(whole) - 1):
        with socket.create_connection(gateway.address) as link:
            link.sendall(whole[:cut])
    assert gateway.part("m0001", key, NAME, DAY).json()["whole"]
    assert gateway.landed("parts") == []


def test_a_sender_of_files_is_heard_and_one_that_brings_none_is_silent(gateway, key):
    gateway.add_sender("m0002", "M0002")
    gateway.part("m0001", key, NAME, DAY)
    gateway.part("m0002", key, NAME, DAY[:5], of=DAY)
    with psycopg.connect(gateway.database) as connection:
        connection.execute("UPDATE inbox_senders SET added_at = added_at - interval '2 days'")
    found = gateway.run_inbox("status", "till")
    assert found.returncode == 1
    assert re.findall(r"silent: (\S+)", found.stdout) == ["m0002"]


def test_a_gateway_that_is_killed_in_the_middle_loses_and_doubles_nothing(tmp_path, database):
    """Parts are killed at every step of their way; the sender goes on by what it is told."""
    with takes_files(tmp_path, database) as gateway:
        key = gateway.add_sender("m0001", "M0001")
        landing = gateway.folder / "pushed"
        for step in landing_child.STEPS:
            name = f"M0001_202610{10 + landing_child.STEPS.index(step)}.csv"
            day = csv_of(*range(1, 30), total=f"{9 + landing_child.STEPS.index(step)}.00")
            killed = subprocess.run(
                [sys.executable, landing_child.__file__, str(gateway.folder), name, step],
                input=day,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
                check=False,
                timeout=60,
            )
            assert killed.returncode == -signal.SIGKILL
            at, answers = 0, 0
            while at is not None:
                answer = gateway.part("m0001", key, name, day[at:], of=day, offset=at)
                answers += 1
                assert answers < 5
                at = told(answer)["wanted"] if answer.status_code == 409 else None
            assert answer.json()["whole"]
            assert (landing / name).read_bytes() == day
        assert gateway.landed("parts") == []
        assert len(gateway.scan()) == len(landing_child.STEPS)
        assert gateway.scan() == []
