"""Links turn pages without a word of the address; rows become cells that no program runs."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capabilities.spreadsheet import plain_cell
from gateway.rest.columns import columns_of
from gateway.rest.export import Export, ExportCut
from gateway.rest.given import Given
from gateway.rest.given import given as answered
from gateway.rest.links import links
from tests.gateway.rest.contract_resources import STORES, box_resources, published

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=20)


@pytest.fixture(scope="module")
def resources():
    return {one.name: one for one in box_resources().resources}


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    file = tmp_path_factory.mktemp("stores") / "resources.yaml"
    file.write_text(
        "resources: [{path: /stores, operation: Stores, answer: stores.nodes, variables:"
        " {first: query.first, after: query.after, last: query.last, before: query.before}}]"
    )
    return published(file, STORES).resources[0]


def page(rows, *, after=None, before=None):
    info = {"hasNextPage": after is not None, "endCursor": after}
    info |= {"hasPreviousPage": before is not None, "startCursor": before}
    return {"stores": {"nodes": rows, "pageInfo": info}}


@pytest.mark.parametrize(
    ("query", "found", "told"),
    [
        ("", page([]), ""),
        ("first=5", page([], after="c=1"), '<?first=5&after=c%3D1>; rel="next"'),
        ("after=b&first=5", page([], after="d"), '<?first=5&after=d>; rel="next"'),
        ("after=b", page([], before="a"), '<?last=20&before=a>; rel="prev"'),
        (
            "last=3&before=x",
            page([], after="d", before="a"),
            '<?first=3&after=d>; rel="next", <?last=3&before=a>; rel="prev"',
        ),
    ],
)
def test_a_link_keeps_what_was_asked_and_turns_one_page(stores, query, found, told):
    assert links(stores.pages, found, query.encode()) == told


def test_other_parameters_stay_and_no_link_holds_the_address(resources):
    info = {"hasNextPage": True, "endCursor": "c"}
    query = "channel=jd&channel=%E5%BA%97&after=b"
    told = links(resources["Orders"].pages, {"orders": {"pageInfo": info}}, query.encode())
    assert told == '<?channel=jd&channel=%E5%BA%97&after=c>; rel="next"'


def test_columns_are_those_of_the_operation(resources):
    columns = columns_of(resources["Orders"].row)
    assert columns.names == (
        *("cursor", "node.id", "node.number", "node.channel.code", "node.placedAt"),
        *("node.status", "node.total.amount", "node.total.currency"),
    )
    total = {"amount": Decimal("12.90"), "currency": "CNY"}
    row = {"cursor": "c", "node": {"id": "i", "number": "1", "channel": None, "total": total}}
    assert columns.cells(row) == ["c", "i", "1", None, None, None, "12.90", "CNY"]
    lines = columns_of(resources["MemberByPhone"].body)
    assert lines.cells({"id": "i", "memberships": [{"a": True}]})[4] == '[{"a":true}]'


def pages_of(*batches):
    """Answers of pages that are asked one after another."""

    async def ask(variables):
        at = int(variables.get("after") or 0)
        asked.append(variables)
        found = batches[at]
        return found if isinstance(found, Given) else Given(value=[], data=found)

    asked = []
    return ask, asked


async def read(export, first, variables):
    return b"".join([one async for one in export.chunks(first, variables)]).decode("utf-8-sig")


def rows_of(text):
    return [[plain_cell(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]


@given(st.lists(st.tuples(TEXT, TEXT), max_size=12), st.integers(1, 4))
async def test_a_file_is_all_pages_and_every_text_comes_back(stores, texts, size):
    rows = [{"code": code, "name": name} for code, name in texts]
    parts = [rows[at : at + size] for at in range(0, len(rows), size)] or [[]]
    last = len(parts) - 1
    answers = [page(one, after=str(at + 1) if at < last else None) for at, one in enumerate(parts)]
    ask, asked = pages_of(*answers)
    export = Export(stores, ask, 1_000)
    variables = export.opened({})
    text = await read(export, await ask(variables), variables)
    assert rows_of(text) == [["code", "name"], *([code, name] for code, name in texts)]
    assert [one["first"] for one in asked] == [100] * len(parts)
    for line in csv.reader(io.StringIO(text, newline="")):
        assert not any(cell.lstrip()[:1] in ("=", "+", "@", "＝") for cell in line)


async def test_a_file_ends_where_a_source_stays_missing(stores):
    short = Given(value=[], data=page([], after="1"), missing=frozenset({"woo"}))
    ask, asked = pages_of(short)
    export = Export(stores, ask, 10)
    assert rows_of(await read(export, await ask({}), {})) == [["code", "name"]]
    assert len(asked) == 1


@pytest.mark.parametrize(
    "later",
    [
        Given(value=[], data=page([]), missing=frozenset({"woo"})),
        Given(value=[], data=page([]), errors='"x";code=UPSTREAM_TIMEOUT'),
        Given(problem=object()),
        Given(value=[], data=page([{"code": "a", "name": "b"}] * 9)),
    ],
)
async def test_a_file_that_cannot_go_on_is_cut_and_not_ended(stores, later):
    first = Given(value=[], data=page([{"code": "a", "name": "b"}] * 2, after="1"))
    ask, _ = pages_of(first, later)
    with pytest.raises(ExportCut):
        await read(Export(stores, ask, 10), first, {})


def test_a_cursor_that_stands_still_ends_a_file(stores):
    first = Given(value=[], data=page([{"code": "a", "name": "b"}], after="1"))
    assert Export(stores, None, 10)._next(first, [1], {"after": "1"}) is None


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"data": None, "errors": [("REQUEST_TIMEOUT", [])]}, 504, "REQUEST_TIMEOUT"),
        ({"data": {"member": None}, "errors": [("FORBIDDEN", ["member"])]}, 403, "FORBIDDEN"),
        ({"data": {"member": None}, "errors": [("X", ["other"]), ("UPSTREAM_TIMEOUT", ["member"])]},
         504, "UPSTREAM_TIMEOUT"),
        ({"data": {"member": None}, "errors": [("UPSTREAM_GARBLED", ["member"])]}, 502,
         "UPSTREAM_GARBLED"),
        ({"data": {"member": None}, "errors": [("LOOKUPS_SPENT", ["member"])]}, 429,
         "LOOKUPS_SPENT"),
    ],
)  # fmt: skip
def test_what_is_null_for_a_reason_is_a_problem_with_its_status(resources, body, status, code):
    errors = [
        {"message": "m", "path": path, "extensions": {"code": code}}
        for code, path in body["errors"]
    ]
    problem = answered(resources["MemberByPhone"], {**body, "errors": errors}).problem
    assert (problem.status, problem.code) == (status, code)


def test_what_an_answer_lacks_is_told_beside_it(resources):
    errors = [{"message": "m", "path": ["member", "memberships", 0], "extensions": {"code": "E"}}]
    warning = {"code": "UPSTREAM_TIMEOUT", "source": "woo", "retryable": True, "path": []}
    other = {**warning, "source": 'p"s', "code": "SOURCE_TRUNCATED", "retryable": False}
    body = {"data": {"member": {"id": "1"}}, "errors": errors}
    found = answered(
        resources["MemberByPhone"], {**body, "extensions": {"warnings": [warning, other, warning]}}
    )
    assert found.sources == '"woo";code=UPSTREAM_TIMEOUT;retryable, "p?s";code=SOURCE_TRUNCATED'
    assert found.errors == '"member.memberships.0";code=E'
    assert found.partial


@pytest.mark.parametrize(
    ("code", "status"),
    [("MEMBER_UNKNOWN", 404), ("IDEMPOTENCY_KEY_REUSED", 422), ("THROTTLED", 429), ("ODD", 422)],
)
def test_a_typed_no_is_a_problem(resources, code, status):
    no = {"__typename": "MemberChangeDeclined", "code": code, "message": "不行", "path": ["a"]}
    problem = answered(resources["UpdateProfile"], {"data": {"updateProfile": no}}).problem
    assert (problem.status, problem.code, problem.told) == (status, code, "不行")
    for language, title in (("zh-CN", problem.body("r", "zh-CN")), ("en", problem.body("r", "en"))):
        assert title["title"].isascii() == (language == "en")
        assert title["path"] == ["a"]
