"""`santong flash`: a sale is run from a shell, by two people."""

import pytest

from tests.gateway.serving import ESTATE, KEY
from tests.migrated import migrated

SALE = """
id: spring-7
sku: SN-1
price: 990
opens_at: 2026-11-11T12:00:00Z
closes_at: 2096-11-11T14:00:00Z
pools: {"": 80, jd: 20}
fairness: LOT
admission_rate: 20
"""


@pytest.fixture
def flash(santong, tmp_path, postgres):
    database = migrated(postgres, f"cli_{tmp_path.name}")
    estate = tmp_path / "estate.yaml"
    estate.write_text(ESTATE, "utf-8")

    def run(*words, user="ann"):
        environment = {
            "SANTONG_SECRET_KEY": KEY,
            "SANTONG_ESTATE": str(estate),
            "SANTONG_DATABASE_URL": database,
            "LOGNAME": user,
        }
        return santong("flash", *map(str, words), **environment)

    return run


def test_a_sale_takes_two_people(flash, tmp_path):
    file = tmp_path / "sale.yaml"
    file.write_text(SALE, "utf-8")
    assert flash("define", file).stdout == "spring-7 is written down\n"
    assert flash("preload", "spring-7").stdout == "spring-7 is PRELOADED\n"
    asked = flash("open", "spring-7").stdout
    proposal = asked.split()[-1]
    assert "proposed by cli:ann" in asked
    assert proposal in flash("list").stdout
    alone = flash("confirm", proposal)
    assert (alone.returncode, "FLASH_SALE_SECOND_PERSON" in alone.stderr) == (1, True)
    assert flash("confirm", proposal, user="bob").stdout == "spring-7 is OPEN\n"
    moved = flash("transfer", "spring-7", 30, "--to", "jd").stdout
    assert moved == "30 units went from shared to jd\n"
    shown = flash("show", "spring-7").stdout
    assert [row.split("│")[1:4] for row in shown.splitlines() if "50" in row] != []


def test_a_file_that_is_no_sale_is_said(flash, tmp_path):
    file = tmp_path / "sale.yaml"
    file.write_text(SALE.replace("price: 990", "price: cheap"), "utf-8")
    told = flash("define", file)
    assert (told.returncode, "FLASH_SALE_INVALID" in told.stderr) == (1, True)
