"""The estate changes while the gateway runs: renamed, refused, broken, started with one away."""

import pytest
import yaml

from tests.acceptance import truth
from tests.acceptance.retailer import eventually
from tests.acceptance.walking import ORDERS, keys, page_of

pytestmark = [pytest.mark.box, pytest.mark.xdist_group("acceptance")]

CONNECTORS = "{ connectors { name system health lastError capabilities } }"
IDS = """
{
  member(by: { phone: "13912345678" }) { id oneId memberships { id } coupons { id } }
  orders(first: 5) { nodes { id } }
  promotions(first: 20) { nodes { id } }
}
"""
FOLLOWED_SECONDS = 3.0


class Estate:
    """An estate file of its own, and what can be done to it."""

    def __init__(self, path, text):
        self.path = path
        self.was = text
        self.write(text)

    def write(self, text):
        draft = self.path.with_suffix(".draft")
        draft.write_text(text, "utf-8")
        draft.replace(self.path)

    def change(self, connector, **changes):
        """Writes it with other words for one connector."""
        told = yaml.safe_load(self.was)
        for one in told["connectors"]:
            if one["name"] == connector:
                one.update(changes)
        self.write(yaml.safe_dump(told, allow_unicode=True, sort_keys=False))


@pytest.fixture
def estate(retailer, tmp_path):
    return Estate(tmp_path / "estate.yaml", (retailer.home / "estate.yaml").read_text("utf-8"))


@pytest.fixture
def gateway(gateway_of, estate):
    with gateway_of(estate.path, {}) as running:
        yield running


def names(gateway):
    return {one["name"]: one for one in gateway.ask(CONNECTORS).data["connectors"]}


def test_ids_and_a_half_read_page_survive_connectors_under_other_names(gateway, estate):
    """Once for each connector in turn, so that in the end all three have other names."""
    ids = gateway.ask(IDS).data
    rows, place = _read(gateway, pages=3)
    for number, (old, new) in enumerate([("sap", "erp"), ("woo", "netshop"), ("pos", "tills")]):
        before = _ids_of_last_year(gateway)
        assert len(before) == 250
        estate.change(old, name=new)
        estate.was = estate.path.read_text("utf-8")
        eventually(lambda new=new: new in names(gateway), within=FOLLOWED_SECONDS)
        assert old not in names(gateway)
        assert _ids_of_last_year(gateway) == before
        assert gateway.ask(IDS).data == ids
        more, place = _read(gateway, pages=2, place=place)
        rows += more
        assert keys(rows) == truth.keys()[: 80 * (3 + 2 * (number + 1))]
        assert not any(row.late for row in rows)


def test_a_broken_file_is_refused_and_the_old_estate_keeps_serving(gateway, estate, tmp_path):
    log = tmp_path / "gateway/gateway.log"
    healthy = gateway.ask(IDS).data
    broken = {
        "no YAML": ("brand: [", "this is no YAML"),
        "no such channel": (estate.was.replace("MJDC: jd", "MJDC: nowhere"), "no channel"),
        "two answers": (estate.was.replace("member: shop", "member: store"), "already answers"),
    }
    for told, (text, words) in broken.items():
        before = log.read_text("utf-8").count("estate refused")
        estate.write(text)
        eventually(
            lambda before=before: log.read_text("utf-8").count("estate refused") > before,
            within=FOLLOWED_SECONDS,
        )
        assert words in log.read_text("utf-8").splitlines()[-1], told
        assert set(names(gateway)) == {"sap", "woo", "pos"}
        assert gateway.ask(IDS).data == healthy
    estate.change("sap", name="erp")
    eventually(lambda: "erp" in names(gateway), within=FOLLOWED_SECONDS)
    assert gateway.ask(IDS).data == healthy


def test_a_connector_of_an_unknown_system_is_broken_and_the_rest_answers(gateway_of, estate):
    estate.change("sap", system="sap_of_the_future")
    with gateway_of(estate.path, {}) as gateway:
        assert names(gateway)["sap"]["health"] == "BROKEN"
        assert "sap_of_the_future" in names(gateway)["sap"]["lastError"]
        answer = gateway.ask(ORDERS, first=20)
        assert page_of(answer).sources == {"sap": "ERROR", "woo": "OK", "pos": "OK"}
        assert answer.warned() == {("sap", "CONNECTOR_BROKEN")}
        estate.write(estate.was)
        eventually(lambda: names(gateway)["sap"]["health"] != "BROKEN", within=FOLLOWED_SECONDS)
        assert set(page_of(gateway.ask(ORDERS, first=20)).sources.values()) == {"OK"}


@pytest.mark.parametrize(
    ("system", "mode", "connector"),
    [("sap", "refuse", "sap"), ("pos", "refuse", "pos"), ("shop", "timeout", "woo")],
)
def test_the_gateway_starts_with_a_source_down(
    gateway_of, retailer, estate, system, mode, connector
):
    with retailer.broken(system, mode), gateway_of(estate.path, {}) as gateway:
        assert gateway.get("/health/ready").status_code == 200
        page = page_of(gateway.ask(ORDERS, first=20))
        assert {name for name, status in page.sources.items() if status == "OK"} == (
            {"sap", "woo", "pos"} - {connector}
        )
        assert len(page.rows) == 20
        retailer.heal()
        page = page_of(gateway.ask(ORDERS, first=20))
        assert set(page.sources.values()) == {"OK"}


def _read(gateway, *, pages, place=None):
    """Pages of the sample's orders, from a cursor on; arrived ones are filtered out."""
    rows = []
    until = {"placedBefore": truth.days_before_the_end(0).isoformat()}
    for _ in range(pages):
        page = page_of(gateway.ask(ORDERS, first=80, after=place, filter=until))
        assert set(page.sources.values()) == {"OK"}
        rows += page.rows
        place = page.onward
    return rows, place


def _ids_of_last_year(gateway):
    until = {"placedBefore": truth.days_before_the_end(300).isoformat()}
    ids, place = [], None
    for size in (100, 100, 50):
        page = page_of(gateway.ask(ORDERS, first=size, after=place, filter=until))
        ids += [row.id for row in page.rows]
        place = page.onward
    return ids
