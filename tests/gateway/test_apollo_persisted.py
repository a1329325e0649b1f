"""Apollo's client with persisted queries, in every mode of the gateway."""

import json

from gateway.app import create_app
from tests.gateway.serving import bearer, served, settings_for
from tests.node_tools import run_node


def ask(settings):
    with served(create_app(settings)) as (host, port):
        token = bearer(settings)["authorization"].removeprefix("Bearer ")
        run = run_node("persisted.mjs", f"http://{host}:{port}/graphql", token)
    assert run.status == 0, run.complaint
    return run.json()


def datas(told):
    return [one["data"] and one["data"]["channels"][0]["code"] for one in told["outcomes"]]


def test_it_sends_the_hash_then_the_text_and_in_development_that_only_once(tmp_path):
    told = ask(settings_for(tmp_path, demo=True))
    assert (datas(told), told["sent"]) == (["jd", "jd"], ["hash", "text", "hash"])
    told = ask(settings_for(tmp_path))
    assert (datas(told), told["sent"]) == (["jd", "jd"], ["hash", "text", "hash", "text"])


def test_a_registered_operation_is_asked_by_its_hash_alone(tmp_path):
    texts = ask(settings_for(tmp_path))["texts"]
    file = tmp_path / "operations.json"
    file.write_text(json.dumps(texts), "utf-8")
    told = ask(settings_for(tmp_path, operations=file, trusted_documents="only"))
    assert (datas(told), told["sent"]) == (["jd", "jd"], ["hash", "hash"])


def test_what_is_not_registered_is_an_error_and_not_sent_again(tmp_path):
    told = ask(settings_for(tmp_path, trusted_documents="only"))
    assert (datas(told), told["sent"]) == ([None, None], ["hash", "hash"])
    assert "only registered operations" in told["outcomes"][0]["error"]
