"""Batches at a real gateway: taken once, whoever repeats, forges, mixes or hurries."""

import base64
import json
import threading
import time

import httpx
import pytest

from tests.gateway.inbox.pushing import jsonl, pushed, sale
from tests.gateway.serving import bearer

STORES = "M0001"


@pytest.fixture
def key(gateway):
    return gateway.add_sender("m0001", STORES)


def code_of(answer):
    return answer.json()["errors"][0]["extensions"]["code"]


def told(answer):
    return answer.json()["errors"][0]["extensions"]


def test_rows_are_in_the_graph_when_they_are_acknowledged(gateway, key):
    answer = gateway.push("m0001", key, 1, jsonl(sale(1), sale(2)))
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "sequence": 1,
        "accepted": 2,
        "quarantined": 0,
        "time": answer.json()["time"],
    }
    assert abs(answer.json()["time"] - time.time()) < 60
    nodes, source = gateway.orders()
    assert [one["number"] for one in nodes] == ["M0001-20261020-0-1-2", "M0001-20261020-0-1-1"]
    assert nodes[0]["lines"] == [{"name": "茶"}]
    assert (source["name"], source["status"]) == ("till", "OK")
    assert 0 <= source["ageMs"] < 60_000


def test_the_same_batch_again_has_the_same_answer_and_no_effect(gateway, key):
    body = jsonl(sale(1), '{"broken"')
    first = gateway.push("m0001", key, 1, body).json()
    again = gateway.push("m0001", key, 1, body).json()
    assert {**first, "time": 0} == {**again, "time": 0}
    assert (first["accepted"], first["quarantined"]) == (1, 1)
    assert gateway.numbers() == [1]


def test_a_request_that_is_replayed_as_it_was_has_one_effect(gateway, key):
    request = gateway.made("m0001", key, 1, jsonl(sale(1)))
    answers = [gateway.post(*request) for _ in range(3)]
    assert [one.status_code for one in answers] == [200] * 3
    gateway.push("m0001", key, 2, jsonl(sale(1, total="99.00")))
    assert gateway.post(*request).status_code == 200
    assert gateway.orders()[0][0]["total"] == {"amount": "99.00"}


@pytest.mark.parametrize("minutes", [-10, -6, 6, 10])
def test_a_clock_that_is_wrong_is_told_the_time(gateway, key, minutes):
    head = {"time": int(time.time()) + minutes * 60}
    answer = gateway.push("m0001", key, 1, jsonl(sale(1)), head=head)
    assert (answer.status_code, code_of(answer)) == (401, "INBOX_CLOCK")
    assert abs(told(answer)["time"] - time.time()) < 60
    assert gateway.numbers() == []


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_that_is_a_little_wrong_does_no_harm(gateway, key, minutes):
    head = {"time": int(time.time()) + minutes * 60}
    assert gateway.push("m0001", key, 1, jsonl(sale(1)), head=head).status_code == 200


def test_a_body_that_was_changed_is_refused(gateway, key):
    changed = jsonl(sale(1, total="0.01"))
    answer = gateway.push("m0001", key, 1, jsonl(sale(1)), sent=changed)
    assert (answer.status_code, code_of(answer)) == (400, "INBOX_BODY")
    assert gateway.numbers() == []


def test_a_head_that_was_changed_is_refused(gateway, key):
    batch, signature, body = gateway.made("m0001", key, 1, jsonl(sale(1)))
    head = {**json.loads(base64.b64decode(batch)), "sequence": 2}
    forged = base64.b64encode(json.dumps(head).encode()).decode()
    answer = gateway.post(forged, signature, body)
    assert (answer.status_code, code_of(answer)) == (401, "INBOX_SIGNATURE")


def test_the_signature_of_another_sender_path_or_key_is_refused(gateway, key):
    other = gateway.add_sender("m0002", "M0002")
    body = jsonl(sale(1))
    answers = [
        gateway.push("m0001", other, 1, body),
        gateway.push("nobody", key, 1, body),
        gateway.push("m0001", key, 1, body, path="/inbox/other"),
        gateway.push("m0001", key, 1, body, to="/inbox/other"),
        gateway.post(*gateway.made("m0001", key, 1, body)[:1], "", body),
        gateway.post(gateway.made("m0001", key, 1, body)[0], b"\xc3\xa9", body),
    ]
    assert [(one.status_code, code_of(one)) for one in answers] == [(401, "INBOX_SIGNATURE")] * 6
    texts = {one.json()["errors"][0]["message"] for one in answers}
    assert len(texts) == 1
    assert gateway.numbers() == []


def test_another_stores_rows_go_to_quarantine_and_the_rest_goes_on(gateway, key):
    other = gateway.add_sender("m0002", "M0002")
    assert gateway.push("m0002", other, 1, jsonl(sale(7, "M0002"))).json()["accepted"] == 1
    mixed = jsonl(sale(1), sale(7, "M0002", total="0.01"), sale(3, "M0003"))
    answer = gateway.push("m0001", key, 1, mixed).json()
    assert (answer["accepted"], answer["quarantined"]) == (1, 2)
    totals = {one["number"]: one["total"]["amount"] for one in gateway.orders()[0]}
    assert totals == {"M0001-20261020-0-1-1": "10.00", "M0002-20261020-0-1-7": "10.00"}
    removal = {**sale(7, "M0002"), "$removed": True}
    gateway.push("m0001", key, 2, jsonl(removal))
    assert gateway.numbers() == [1, 7]


def test_a_removed_row_is_gone(gateway, key):
    gateway.push("m0001", key, 1, jsonl(sale(1), sale(2)))
    gateway.push("m0001", key, 2, jsonl({**sale(1), "$removed": True}))
    assert gateway.numbers() == [2]


def test_two_in_parallel_have_exactly_one_effect(gateway, key):
    requests = [gateway.made("m0001", key, 1, jsonl(sale(1), sale(2))) for _ in range(6)]
    requests += [gateway.made("m0001", key, 1, jsonl(sale(8)))] * 2
    answers = []
    threads = [
        threading.Thread(target=lambda one=one: answers.append(gateway.post(*one)))
        for one in requests
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.status_code for one in answers} <= {200, 409, 429}
    assert gateway.numbers() in ([1, 2], [8])


def test_a_gap_is_asked_for_again(gateway, key):
    gateway.push("m0001", key, 1, jsonl(sale(1)), head={"first": "1", "last": "1"})
    answer = gateway.push("m0001", key, 3, jsonl(sale(3)))
    assert (answer.status_code, code_of(answer)) == (409, "INBOX_GAP")
    assert (told(answer)["wanted"], told(answer)["lastKey"]) == (2, "1")
    used = gateway.push("m0001", key, 1, jsonl(sale(9)))
    assert (used.status_code, code_of(used)) == (409, "INBOX_SEQUENCE_USED")
    assert gateway.numbers() == [1]


def test_bad_lines_go_to_quarantine_with_their_numbers(gateway, key, santong_inbox):
    body = b"\n".join(
        [
            jsonl(sale(1)),
            b"",
            b"no json",
            "门店".encode("gb18030"),
            jsonl(sale(2, sold_at="yesterday")),
            jsonl(sale(3, total="ten")),
            jsonl({**sale(4), "receipt": None}),
            jsonl(sale(5)),
        ]
    )
    answer = gateway.push("m0001", key, 1, body).json()
    assert (answer["accepted"], answer["quarantined"]) == (2, 5)
    shown = santong_inbox("status", "till").stdout
    for line, word in [(3, "JSON"), (4, "UTF-8"), (5, "placed_at"), (6, "total"), (7, "number")]:
        assert any(f"line {line}:" in one and word in one for one in shown.splitlines()), shown
    assert "ten" not in shown.replace("written", "")
    assert "yesterday" not in shown


def test_a_lost_answer_is_given_again(gateway, key):
    request = gateway.made("m0001", key, 1, jsonl(sale(1)))
    gateway.hang_up(*request)
    assert gateway.post(*request).status_code == 200
    assert gateway.numbers() == [1]


def test_a_revoked_sender_is_a_stranger_at_once(gateway, key):
    gateway.push("m0001", key, 1, jsonl(sale(1)))
    gateway.with_senders(lambda one: one.revoke("till", "m0001"))
    answer = gateway.push("m0001", key, 2, jsonl(sale(2)))
    assert code_of(answer) == "INBOX_SIGNATURE"
    assert gateway.numbers() == [1]


@pytest.mark.parametrize(
    ("batch", "status", "code"),
    [
        ("", 400, "INBOX_HEAD"),
        ("%%%", 400, "INBOX_HEAD"),
        (base64.b64encode(b"[]").decode(), 400, "INBOX_HEAD"),
        (base64.b64encode(b'{"sender": "m0001"}').decode(), 400, "INBOX_HEAD"),
        ("A" * 9000, 400, "INBOX_HEAD"),
    ],
)
def test_a_head_that_is_none_is_refused(gateway, batch, status, code):
    answer = gateway.post(batch, "0" * 64, b"")
    assert (answer.status_code, code_of(answer)) == (status, code)


def test_what_is_not_as_its_head_says_is_refused(gateway, key):
    unknown = gateway.push("m0001", key, 1, jsonl(sale(1)), head={"table": "prices"})
    assert (unknown.status_code, code_of(unknown)) == (422, "INBOX_TABLE")
    assert "people, sales, shops" in unknown.json()["errors"][0]["message"]
    count = gateway.push("m0001", key, 1, jsonl(sale(1)), head={"rows": 2})
    assert (count.status_code, code_of(count)) == (400, "INBOX_BODY")
    large = gateway.push("m0001", key, 1, b"x" * 4_000_001)
    assert (large.status_code, code_of(large)) == (413, "BODY_TOO_LARGE")
    assert httpx.get(f"{gateway.url}/inbox/till").status_code == 405


def test_a_sender_has_a_pace(tmp_path, database):
    with pushed(tmp_path, database, inbox_batches_per_minute=6) as gateway:
        key = gateway.add_sender("m0001", STORES)
        answers = [gateway.push("m0001", key, n, jsonl(sale(n))) for n in (1, 2, 3)]
    assert [one.status_code for one in answers] == [200, 429, 429]
    assert 1 <= int(answers[1].headers["retry-after"]) <= 10


def test_what_happened_is_counted_and_names_nobody(gateway, key):
    gateway.push("m0001", key, 1, jsonl(sale(1), "broken"))
    gateway.push("m0001", key, 1, jsonl(sale(1), "broken"))
    gateway.push("m0001", "wrong", 2, jsonl(sale(1)))
    page = httpx.get(f"{gateway.url}/metrics", headers=bearer(gateway.settings)).text
    counted = {
        'santong_inbox_batches_total{connector="till",outcome="taken"} 1.0',
        'santong_inbox_batches_total{connector="till",outcome="again"} 1.0',
        'santong_inbox_batches_total{connector="till",outcome="INBOX_SIGNATURE"} 1.0',
        'santong_inbox_rows_total{connector="till",outcome="accepted"} 1.0',
        'santong_inbox_rows_total{connector="till",outcome="quarantined"} 1.0',
    }
    assert counted <= set(page.splitlines())
    assert "m0001" not in page


def test_rows_are_mapped_anew_when_the_estate_says_otherwise(gateway, key):
    gateway.push("m0001", key, 1, jsonl(sale(1), sale(2, site="T")))
    assert gateway.numbers() == [1]
    estate = gateway.settings.estate
    text = estate.read_text("utf-8").replace("{M: store}", "{M: store, T: store}")
    estate.write_text(text, encoding="utf-8")
    until = time.monotonic() + 20
    while gateway.numbers() != [1, 2]:
        assert time.monotonic() < until
        assert gateway.orders()[1]["code"] in (None, "COPY_MAPPED_ANEW")
        time.sleep(0.1)
