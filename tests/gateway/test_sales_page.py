"""The page from which flash sales are run: two persons in a real browser, from draft to audit."""

import json
import secrets
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from capabilities.caller import MembershipKey, Role
from gateway.app import create_app
from gateway.auth.tokens import mint
from tests.gateway.serving import BRAND, served, settings_for
from tests.migrated import migrated
from tests.node_tools import run_node

BUYERS = 6


@pytest.fixture(scope="module")
def settings(tmp_path_factory, postgres, valkey):
    database = migrated(postgres, f"sales_{secrets.token_hex(4)}")
    return settings_for(
        tmp_path_factory.mktemp("sales"),
        database_url=SecretStr(database),
        redis_url=SecretStr(valkey.url),
    )


@pytest.fixture(scope="module")
def url(settings):
    with served(create_app(settings)) as (host, port):
        yield f"http://{host}:{port}"


def parts(settings, url):
    def token(role, **more):
        return mint(settings, role=role, brand=BRAND, **more)

    return json.dumps(
        {
            "url": url,
            "ann": token(Role.OPERATIONS, subject="ann"),
            "bob": token(Role.ADMIN, subject="bob"),
            "service": token(Role.SERVICE),
            "buyers": [
                token(Role.CONSUMER, member=MembershipKey("jd", str(number)))
                for number in range(BUYERS)
            ],
        }
    )


def test_the_page_comes_under_the_strict_policy(url):
    page = httpx.get(f"{url}/sales", timeout=60)
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "monaco" not in page.text, "it needs no editor"


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_two_persons_run_a_sale_from_its_page(settings, url, tmp_path: Path):
    run = run_node("sales.mjs", parts(settings, url), tmp_path, seconds=240)
    seen = run.json()
    assert seen["problems"] == []
    assert seen["ownConfirm"] == 0, "nobody confirms what she proposed herself"
    assert seen["rehearsed"] == "12 made-up people for 4 pieces; 4 reserved"
    now = seen["open"]
    assert now["pools"] == {"jd": "0", "": "28"}
    assert (now["tiles"]["remaining"], now["refusals"]) == ("28", {"LIMIT_REACHED": "2"})
    assert (now["live"], now["audit"], now["clipped"]) == ("true", "agrees", False)
    assert any(now["moved"][:2]), "the lines of stock go down"
    assert now["moved"][2], "the line of orders goes up"
    assert "12 units are reserved and not paid yet" in seen["unpaid"]
    end = seen["end"]
    assert (end["tiles"]["paid"], end["tiles"]["remaining"], end["audit"]) == ("12", "0", "agrees")
    assert run.status == 0
    assert {path.name for path in tmp_path.glob("*.png")} == {
        f"sales-{name}.png" for name in ("define", "waiting", "open", "open-zh", "reconciled")
    }
