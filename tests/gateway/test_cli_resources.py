"""`santong operations openapi` and `export`, against a running gateway."""

import csv
import json
import stat
from typing import NamedTuple

import pytest

from capabilities.errors import BadInput, SantongError
from gateway.cli import app
from gateway.cli.box.published_files import write_published
from gateway.cli.console import show_error
from gateway.cli.csv_part import CsvPart
from gateway.execution import configured
from tests.gateway.resource_shop import shop_at
from tests.gateway.rest.contract_resources import documents
from tests.gateway.serving import KEY

OWN = json.dumps({"channels": ["own"], "first": 2})


@pytest.fixture(scope="module")
def shop(postgres, valkey, tmp_path_factory):
    with shop_at(tmp_path_factory.mktemp("exported"), postgres, valkey) as made:
        made.numbers = [made.place() for _ in range(5)]
        yield made


@pytest.fixture
def operations(shop, tmp_path, monkeypatch, capsys):
    """Runs `santong operations` here, with the settings of the gateway that runs."""
    settings = shop.settings
    environment = {
        "SANTONG_HOME": str(tmp_path),
        "SANTONG_SECRET_KEY": KEY,
        "SANTONG_ESTATE": str(settings.estate),
        "SANTONG_DATABASE_URL": settings.database_url.get_secret_value(),
        "SANTONG_OPERATIONS": str(settings.operations),
        "SANTONG_RESOURCES": str(settings.resources),
        "SANTONG_PORT": shop.url.rpartition(":")[2],
    }
    # Building the contract takes longer than all that is tested here.
    monkeypatch.setattr(configured, "configured_documents", lambda _: documents())

    def run(*words, **changes):
        for name, value in {**environment, **changes}.items():
            monkeypatch.setenv(name, value)
        status = 0
        try:
            status = app(["operations", *map(str, words)], standalone_mode=False) or 0
        except SantongError as error:
            show_error(error)
            status = 1
        told = capsys.readouterr()
        return Ran(status, told.out, told.err)

    return run


class Ran(NamedTuple):
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def rows_of(file):
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_the_description_is_that_of_the_gateway(operations, shop, tmp_path):
    told = operations("openapi", "--to", tmp_path / "openapi.json")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.endswith("openapi.json: 7 resources\n")
    mine = json.loads((tmp_path / "openapi.json").read_text("utf-8"))
    assert mine == shop.get("/openapi.json").json()


def test_what_is_wrong_is_told_with_its_place(operations, tmp_path):
    _, resources = write_published(tmp_path)
    text = resources.read_text("utf-8").replace("answer: member\n", "answer: person\n")
    resources.write_text(text.replace("path: /stores", "path: stores"), "utf-8")
    told = operations("openapi", SANTONG_RESOURCES=str(resources))
    assert told.returncode == 1
    first, second = told.stderr.removeprefix("RESOURCES_INVALID ").splitlines()
    assert first.startswith(f"{resources}:7: resources[0].answer: the operation answers member")
    assert second.endswith("[RESOURCE_PATH]")


def test_without_a_file_there_is_nothing_to_describe(operations):
    told = operations("openapi", SANTONG_RESOURCES="")
    assert (told.returncode, told.stderr.split()[0]) == (1, "RESOURCES_MISSING")


def test_a_resource_that_waits_is_said(operations, shop, tmp_path):
    resources = tmp_path / "waiting.yaml"
    resources.write_text(
        f"resources: [{{path: /later, operation: 'sha256:{'a' * 64}'}}]", encoding="utf-8"
    )
    told = operations("openapi", SANTONG_RESOURCES=str(resources))
    assert told.returncode == 1
    assert "waits for its operation GET /later" in told.stderr
    assert json.loads(told.stdout)["paths"] == {}


def test_a_list_is_written_whole_for_its_owner_alone(operations, shop, tmp_path):
    file = tmp_path / "orders.csv"
    told = operations("export", "Orders", "--reason", "t 7", "--csv", file, "--variables", OWN)
    assert told.returncode == 0, told.stderr
    assert told.stdout == f"{file}: 5 rows\n"
    rows = rows_of(file)
    assert sorted(one["node.number"] for one in rows) == sorted(shop.numbers)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["orders.csv"]
    again = operations("export", "Orders", "--reason", "t 7", "--csv", file)
    assert (again.returncode, again.stderr.split()[0]) == (1, "EXPORT_EXISTS")
    (entry,) = shop.trail("operation.exported")[:1]
    assert json.loads(entry.facts) == {"operation": "Orders"}
    assert entry.reason == "t 7"
    bare = operations("export", "Orders", "--csv", tmp_path / "other.csv")
    assert (bare.returncode, bare.stderr.split()[0]) == (1, "REASON_MISSING")


def test_a_page_that_lacks_a_source_ends_it_and_what_was_written_stays(operations, shop, tmp_path):
    file = tmp_path / "orders.csv"
    told = operations("export", "Orders", "--reason", "t 7", "--csv", file)
    assert told.returncode == 1
    assert told.stderr.split()[0].startswith("UPSTREAM_")
    assert "old" in told.stderr
    assert not file.exists()
    gone_on = operations("export", "Orders", "--reason", "t 7", "--csv", file, "--partial")
    assert gone_on.returncode == 0, gone_on.stderr
    assert "missing old" in gone_on.stderr
    assert len(rows_of(file)) == 5


def test_it_goes_on_where_it_was_broken_off(operations, shop, tmp_path):
    """As after a power cut: a page and a half are there, the place says one."""
    whole = tmp_path / "whole.csv"
    assert (
        operations(
            "export", "Orders", "--reason", "t 7", "--csv", whole, "--variables", OWN
        ).returncode
        == 0
    )
    lines = whole.read_bytes().splitlines(keepends=True)
    cursor = rows_of(whole)[1]["cursor"]
    kept = b"".join(lines[:3])
    broken = tmp_path / "broken.csv"
    (tmp_path / "broken.csv.part").write_bytes(kept + lines[3][:10])
    sha256 = next(
        key for key, text in json.loads(shop.settings.operations.read_text("utf-8")).items()
        if "query Orders(" in text
    )  # fmt: skip
    place = {
        "of": {"operation": sha256, "variables": json.loads(OWN)},
        "cursor": cursor,
        "rows": 2,
        "size": len(kept),
    }
    (tmp_path / "broken.csv.part.json").write_text(json.dumps(place))
    other = operations("export", "Orders", "--reason", "t 7", "--csv", broken)
    assert (other.returncode, other.stderr.split()[0]) == (1, "EXPORT_EXISTS")
    told = operations("export", "Orders", "--reason", "t 7", "--csv", broken, "--variables", OWN)
    assert told.returncode == 0, told.stderr
    assert broken.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("OrderByNumber",), "OPERATION_NOT_A_LIST"),
        (("Nobody",), "OPERATION_UNKNOWN"),
        ((f"sha256:{'a' * 64}",), "OPERATION_UNKNOWN"),
        (("Orders", "--role", "guide", "--store", "M1"), "FORBIDDEN"),
        (("Orders", "--variables", "[]"), "BAD_USER_INPUT"),
    ],
)
def test_what_cannot_be_exported_is_one_line(operations, tmp_path, words, code):
    told = operations("export", *words, "--csv", tmp_path / "file.csv")
    assert (told.returncode, told.stderr.split()[0]) == (1, code)
    assert not list(tmp_path.glob("file*"))


def test_a_part_is_never_further_than_its_place(tmp_path):
    file = tmp_path / "x.csv"
    with CsvPart(file, {"operation": "a"}) as part:
        part.begin(["n"])
        part.add([["1"], ["=2"]], "c1")
        part._write("half a li")
    with CsvPart(file, {"operation": "a"}) as part:
        assert (part.cursor, part.rows) == ("c1", 2)
        part.add([["3"]], "c2")
    part.finish()
    assert file.read_text("utf-8-sig").splitlines() == ["n", "1", "'=2", "3"]
    with CsvPart(file, {"operation": "a"}) as part:
        part.begin(["n"])
        part.add([["1"]], "c1")
    with pytest.raises(BadInput), CsvPart(file, {"operation": "b"}):
        pass
