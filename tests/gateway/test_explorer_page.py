"""The explorer: built without addresses outside, its queries true, the page seen in a browser."""

import re
from pathlib import Path

import httpx
import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from tests.node_tools import run_node

EXPLORER = Path("gateway/explorer").resolve()
DIST = EXPLORER / "dist"
STARTERS = sorted((EXPLORER / "queries").glob("*.graphql"))
TITLE = re.compile(r"# [^/]*[\u4e00-\u9fff][^/]* / [ -~]+")
HASHED = re.compile(r"assets/[\w.-]+-[\w-]{8}\.(js|css|svg|ttf)")

each_starter = pytest.mark.parametrize("starter", STARTERS, ids=lambda path: path.stem)


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


def test_the_built_page_names_only_its_own_hashed_files() -> None:
    page = (DIST / "index.html").read_text()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(addresses) >= 3
    assert [one for one in addresses if not HASHED.fullmatch(one.removeprefix("./"))] == []
    assert re.findall(r"<script(?![^>]* src=)", page) == []


def test_the_built_files_are_hashed_and_small() -> None:
    files = [path for path in DIST.rglob("*") if path.is_file() and path.name != "index.html"]
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
@each_starter
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


@pytest.mark.box
@pytest.mark.browser
def test_a_browser_runs_a_query_in_light_and_dark(gateway_url: str, tmp_path: Path) -> None:
    seen = run_node("page.mjs", gateway_url, tmp_path)
    assert seen.json()["problems"] == []
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
            ["Person", True],
            ["Person", True],
        ]
        assert ["IntrospectionQuery", True] not in shown["asked"]
    assert run.status == 0
