"""A front-end team's client, generated from the printed contract and type-checked."""

import shutil
from pathlib import Path

import pytest

from tests.node_tools import NODE_MODULES, NODE_TESTS, Run, run_node

CONTRACT = Path("schema/santong.graphql").resolve()
FILES = ("client.ts", "person.graphql", "codegen.mjs", "tsconfig.json", "package.json")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the client's project, so that nothing is generated into the repository."""
    for name in FILES:
        shutil.copy(NODE_TESTS / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    return tmp_path


def generate(project: Path, contract: Path = CONTRACT) -> Run:
    tool = project / "node_modules" / ".bin" / "graphql-codegen"
    return run_node(tool, "--config", "codegen.mjs", cwd=project, SANTONG_SCHEMA=str(contract))


def check_types(project: Path) -> Run:
    return run_node(project / "node_modules" / ".bin" / "tsc", "--noEmit", cwd=project)


def test_a_generated_client_is_type_checked(project: Path) -> None:
    generated = generate(project)
    assert generated.status == 0, generated.output + generated.complaint
    assert "export type Member" in (project / "generated" / "contract.ts").read_text()
    checked = check_types(project)
    assert checked.status == 0, checked.output + checked.complaint


def test_a_field_taken_from_the_contract_breaks_the_client(project: Path) -> None:
    text = CONTRACT.read_text()
    assert "displayName: String" in text
    contract = project / "contract.graphql"
    contract.write_text(text.replace("displayName: String", "label: String"))
    generated = generate(project, contract)
    assert generated.status != 0
    assert "displayName" in generated.output + generated.complaint


def test_a_nullable_field_read_carelessly_does_not_compile(project: Path) -> None:
    assert generate(project).status == 0
    client = project / "client.ts"
    careful = "product?.name ?? rawSku ?? "
    assert careful in client.read_text()
    client.write_text(client.read_text().replace(careful, "product.name + "))
    checked = check_types(project)
    assert checked.status != 0
    assert "'product' is possibly 'null'" in checked.output
