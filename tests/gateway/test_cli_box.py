import socket
import stat

import pytest

from gateway.cli.box import run
from gateway.cli.box.errors import BoxError
from gateway.cli.box.estate import write_estate
from gateway.cli.box.state import BoxState, read_state, write_state
from gateway.federation.estate_file import read_estate
from gateway.settings import Settings

_STATE = BoxState(
    address="http://here", controls={"sap": "http://there"}, pos_database="", environment={"A": "b"}
)


def test_the_state_is_read_back_and_is_its_owners_alone(tmp_path):
    write_state(tmp_path, _STATE)
    write_state(tmp_path, _STATE)
    assert read_state(tmp_path) == _STATE
    assert stat.S_IMODE((tmp_path / "demo.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff"])
def test_a_missing_or_foreign_state_is_none(tmp_path, content):
    if content is not None:
        (tmp_path / "demo.json").write_bytes(content)
    assert read_state(tmp_path) is None


def test_the_estate_is_one_that_the_gateway_takes(tmp_path):
    path = tmp_path / "estate.yaml"
    write_estate(path, sap="http://a", shop="http://b", pos="postgresql://c")
    plan = read_estate(path)
    assert [channel.code for channel in plan.channels] == [
        *("jd", "tmall", "waimai", "shop", "app", "mini", "live", "store", "terminal", "popup")
    ]
    assert {one.name: one.system for one in plan.connectors} == {
        "sap": "sap_s4hana",
        "woo": "woocommerce",
        "pos": "ospos",
    }


def test_a_taken_port_is_named_before_anything_is_started(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        home = tmp_path / "home"
        with pytest.raises(BoxError, match=f"127.0.0.1:{port}.*SANTONG_PORT") as caught:
            run.run_box(Settings(home=home, port=port), scale=1, owned=False)
    assert caught.value.code == "DEMO_PORT_TAKEN"
    assert not home.exists()


def test_secrets_of_the_run_before_are_kept_and_missing_ones_made(tmp_path, monkeypatch):
    for name in run.SECRETS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("SANTONG_SECRET_KEY", raising=False)
    kept = BoxState(
        address="", controls={}, pos_database="", environment={"SANTONG_SECRET_KEY": "kept"}
    )
    write_state(tmp_path, kept)
    made = run._secrets(tmp_path)
    assert made["SANTONG_SECRET_KEY"] == "kept"
    assert len({made[name] for name in run.SECRETS}) == len(run.SECRETS)
    assert all(len(made[name]) > 40 for name in run.SECRETS)


def test_port_0_is_any_free_one():
    with socket.create_server(("127.0.0.1", run._find_port("127.0.0.1", 0))) as listening:
        assert listening.getsockname()[1] > 0
