"""The explorer: built without addresses outside, its queries true, the page seen in a browser."""

import asyncio
import re
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx
import pytest
from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    parse,
    validate,
)

from capabilities.adoption.comparing import Subject, compare
from capabilities.adoption.tally import Tally
from capabilities.estate import Capability
from capabilities.order.facts import OrderFact
from gateway.cli.box.estate import BRAND
from store.adoption.comparisons import Comparisons
from store.engine import Store
from store.order.facts import OrderFacts
from tests.acceptance.retailer import Retailer
from tests.capabilities.adoption.pairs import chance_of, record
from tests.node_tools import Run, run_node

EXPLORER = Path("gateway/explorer").resolve()
DIST = EXPLORER / "dist"
STARTERS = sorted((EXPLORER / "queries").glob("*.graphql"))
FOLLOWING = [path for path in STARTERS if "\nsubscription " in path.read_text("utf-8")]
ASKED = [path for path in STARTERS if path not in FOLLOWING]
PAGES = ("index.html", "sales.html", "adoption.html")
TITLE = re.compile(r"# [^/]*[\u4e00-\u9fff][^/]* / [ -~]+")
HASHED = re.compile(r"assets/[\w.-]+-[\w-]{8}\.(js|css|svg|ttf)")

NAMES_NOBODY = {"MEMBER_UNKNOWN", "MERGE_UNKNOWN"}
each_starter = pytest.mark.parametrize("starter", STARTERS, ids=lambda path: path.stem)
each_asked = pytest.mark.parametrize("starter", ASKED, ids=lambda path: path.stem)
each_followed = pytest.mark.parametrize("starter", FOLLOWING, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def contract() -> GraphQLSchema:
    text = Path("schema/santong.graphql").read_text()
    return build_schema(text, assume_valid_sdl=True)


def test_there_are_starters() -> None:
    assert "10-person" in {path.stem for path in STARTERS}


@each_starter
def test_a_starter_has_two_titles_and_one_name(starter: Path) -> None:
    text = starter.read_text()
    assert TITLE.fullmatch(text.splitlines()[0])
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name


@each_starter
def test_a_starter_fits_the_contract(starter: Path, contract: GraphQLSchema) -> None:
    assert validate(contract, parse(starter.read_text())) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_built_page_names_only_its_own_hashed_files(name: str) -> None:
    page = (DIST / name).read_text()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(addresses) >= 3
    assert [one for one in addresses if not HASHED.fullmatch(one.removeprefix("./"))] == []
    assert re.findall(r"<script(?![^>]* src=)", page) == []


def test_the_built_files_are_hashed_and_small() -> None:
    files = [path for path in DIST.rglob("*") if path.is_file() and path.name not in PAGES]
    names = [path.relative_to(DIST).as_posix() for path in files]
    assert [name for name in names if not HASHED.fullmatch(name)] == []
    assert sum(path.stat().st_size for path in files) < 12_000_000


@pytest.mark.box
def test_the_page_comes_under_a_strict_policy(gateway_url: str) -> None:
    page = httpx.get(gateway_url)
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy
    assert re.search(r"script-src 'self'(;|$)", policy)
    assert re.search(r"connect-src 'self'(;|$)", policy)
    script = re.search(r'src="([^"]+\.js)"', page.text)
    assert script
    asset = httpx.get(httpx.URL(gateway_url).join(f"/{script[1].removeprefix('./')}"))
    assert asset.status_code == 200
    assert "immutable" in asset.headers["cache-control"]


@pytest.mark.box
@each_asked
def test_a_starter_is_answered(
    starter: Path, gateway_url: str, demo_tokens: dict[str, str]
) -> None:
    query = starter.read_text("utf-8")
    role = "ADMIN" if "(ADMIN)" in query else "OPERATIONS"
    answer = httpx.post(
        httpx.URL(gateway_url).join("/graphql"),
        headers={"authorization": f"Bearer {demo_tokens[role]}"},
        json={"query": query},
        timeout=30,
    ).json()
    assert "errors" not in answer
    assert None not in answer["data"].values()
    pages = [found for found in answer["data"].values() if "edges" in found]
    assert [page["sources"] for page in pages if not page["edges"]] == []
    assert None not in answer["data"].get("nodes", [])
    if parse(query).definitions[0].operation is OperationType.MUTATION:
        (done,) = answer["data"].values()
        # what a starter cannot name in every box is nobody's, and says so
        assert done.get("state") == "SENT" or done["code"] in NAMES_NOBODY, done


@pytest.mark.box
@each_followed
def test_a_starter_is_followed(
    starter: Path, gateway_url: str, demo_tokens: dict[str, str], box: Retailer
) -> None:
    headers = {
        "authorization": f"Bearer {demo_tokens['OPERATIONS']}",
        "accept": "text/event-stream",
        "last-event-id": "0.0.0",
    }
    asyncio.run(_changed(box, 1))
    asyncio.run(_differs(box))
    address = httpx.URL(gateway_url).join("/graphql")
    body = {"query": starter.read_text("utf-8")}
    with httpx.stream("POST", address, headers=headers, json=body, timeout=60) as answer:
        lines = iter(answer.iter_lines())
        told = next(line for line in lines if line.startswith("data:"))
    assert '"errors"' not in told
    assert '"eventId"' in told


async def _changed(box: Retailer, paid: int) -> None:
    """An order of store M0001 is another than before."""
    store = Store.open(box.state.environment["SANTONG_DATABASE_URL"], deadline_seconds=30)
    change = OrderFact(
        channel="popup", number="explorer-1", connector="pos", store_code="M0001", paid=paid
    )
    try:
        await OrderFacts(store, BRAND).record([change])
    finally:
        await store.aclose()


async def _differs(box: Retailer) -> None:
    """A member of the shop is found whom the platform has not."""
    store = Store.open(box.state.environment["SANTONG_DATABASE_URL"], deadline_seconds=30)
    tally, subject = Tally(b"secret"), Subject("shop", Capability.MEMBER, "v1")
    there = record(chance_of(1), Capability.MEMBER)
    pair = compare(subject, "explorer-1", there, None, datetime.now(UTC))
    assert pair
    tally.add(pair)
    try:
        await Comparisons(store, BRAND).keep(*tally.drain())
    finally:
        await store.aclose()


async def _while_orders_change(box: Retailer, *words: str | Path) -> Run:
    running = asyncio.create_task(asyncio.to_thread(run_node, *words))
    for paid in count(2):
        await _changed(box, paid)
        done, _ = await asyncio.wait({running}, timeout=0.3)
        if done:
            break
    return running.result()


@pytest.mark.box
@pytest.mark.browser
def test_a_browser_runs_a_query_in_light_and_dark_and_a_subscription(
    gateway_url: str, tmp_path: Path, box: Retailer
) -> None:
    seen = asyncio.run(_while_orders_change(box, "page.mjs", gateway_url, tmp_path))
    assert seen.json()["problems"] == []
    followed = seen.json()["light"]["followed"]
    assert [one["number"] for one in followed] == ["explorer-1"] * 2
    assert seen.status == 0
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "explorer-light.png",
        "explorer-dark.png",
    }


@pytest.mark.box
@pytest.mark.browser
def test_a_browser_shows_what_an_answer_cost(gateway_url: str, tmp_path: Path) -> None:
    run = run_node("plan.mjs", gateway_url, tmp_path)
    seen = run.json()
    assert seen["problems"] == []
    for scheme in ("light", "dark"):
        shown = seen[scheme]
        assert (shown["plain"], shown["engine"], shown["clipped"]) == (0, "plan", False)
        facts = dict(zip(shown["facts"][::2], shown["facts"][1::2], strict=True))
        assert list(facts) == ["Total", "Engine", "Document", "Plan", "Run", "Cache"]
        assert re.fullmatch(r"known, [\d.]+ ms", facts["Document"])
        lanes = {lane["title"]: lane for lane in shown["lanes"]}
        assert list(lanes) == ["Wave 1", "Wave 2", "Wave 3", "Calls"]
        assert [lane["bars"] for lane in lanes.values()] == [
            len(lane["lines"]) for lane in lanes.values()
        ]
        assert re.match(r"member ?[\d.]+ ms", lanes["Wave 1"]["lines"][0])
        calls = lanes["Calls"]["lines"]
        assert {one.split()[0] for one in calls} >= {"sap", "woo", "pos", "platform"}
        assert all(re.search(r" \d+ (of \d+ )?keys?.*\d ms$", one) for one in calls)
        assert shown["fallback"] == "graphql-core because of introspection"
        assert "ADMIN or OPERATIONS may" in shown["refusal"]
        assert [one for one in shown["asked"] if one[0] != "IntrospectionQuery"] == [
            ["Person", False],
            ["Person", True],
            ["Kinds", True],
            ["Kinds", True],
        ]
        assert ["IntrospectionQuery", True] not in shown["asked"]
    assert run.status == 0
