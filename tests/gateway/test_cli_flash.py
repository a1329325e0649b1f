"""`santong flash`: a sale is run from a shell, by two people who prove who they are."""

import asyncio

import psycopg
import pytest
from pydantic import SecretStr

from capabilities.api_keys import KeyScope, new_secret
from capabilities.caller import MembershipKey, Role
from gateway.auth.tokens import mint
from gateway.settings import Settings
from store.access.api_keys import ApiKeys
from store.engine import Store
from tests.gateway.serving import BRAND, ESTATE, KEY
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
def database(tmp_path, postgres):
    return migrated(postgres, f"cli_{tmp_path.name}")


@pytest.fixture
def flash(santong, tmp_path, database):
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


@pytest.fixture
def token(tmp_path):
    """Words that name the file of somebody's token."""

    def of(subject, role=Role.OPERATIONS, brand=BRAND, text=None):
        member = MembershipKey("jd", "1") if role is Role.CONSUMER else None
        settings = Settings(secret_key=SecretStr(KEY))
        text = text or mint(settings, role=role, brand=brand, subject=subject, member=member)
        file = tmp_path / f"{subject}-{role.value}-{brand}.token"
        file.write_text(f"{text}\n", "ascii")
        return "--token-file", file

    return of


@pytest.fixture
def preloaded(flash, tmp_path):
    file = tmp_path / "sale.yaml"
    file.write_text(SALE, "utf-8")
    assert flash("define", file).stdout == "spring-7 is written down\n"
    assert flash("preload", "spring-7").stdout == "spring-7 is PRELOADED\n"


@pytest.mark.usefixtures("preloaded")
def test_a_sale_takes_two_people(flash, token, database):
    asked = flash("open", "spring-7", *token("ann")).stdout
    proposal = asked.split()[-1]
    assert "proposed by ann;" in asked
    assert proposal in flash("list").stdout
    alone = flash("confirm", proposal, *token("ann", Role.ADMIN), user="bob")
    assert (alone.returncode, "FLASH_SALE_SECOND_PERSON" in alone.stderr) == (1, True)
    assert flash("confirm", proposal, *token("bob")).stdout == "spring-7 is OPEN\n"
    moved = flash("transfer", "spring-7", 30, "--to", "jd").stdout
    assert moved == "30 units went from shared to jd\n"
    shown = flash("show", "spring-7").stdout
    assert [row.split("│")[1:4] for row in shown.splitlines() if "50" in row] != []
    with (
        psycopg.connect(database) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="two_people"),
    ):
        connection.execute("UPDATE flash_proposals SET confirmed_by = proposed_by")


@pytest.mark.usefixtures("preloaded")
def test_a_user_of_a_machine_a_key_and_a_role_are_no_people(flash, token, database):
    async def key():
        store = Store.open(database, deadline_seconds=30)
        text, made = new_secret()
        await ApiKeys(store, BRAND).add("robot", KeyScope(role=Role.ADMIN), made, by="ann")
        await store.aclose()
        return text

    proposal = flash("open", "spring-7", *token("ann")).stdout.split()[-1]
    robot = token("robot", text=asyncio.run(key()))
    of_a_role = mint(Settings(secret_key=SecretStr(KEY)), role=Role.ADMIN, brand=BRAND)
    for step, words, code in (
        (("confirm", proposal), (), "SECRET_MISSING"),
        (("confirm", proposal), token("eve", brand="other"), "UNAUTHENTICATED"),
        (("confirm", proposal), token("eve", Role.SERVICE), "FORBIDDEN"),
        (
            ("confirm", proposal),
            robot,
            "FLASH_SALE_SECOND_PERSON",
        ),
        (("open", "spring-7"), token("role", text=of_a_role), "FLASH_SALE_SECOND_PERSON"),
    ):
        told = flash(*step, *words, user="bob")
        assert (told.returncode, told.stdout) == (1, ""), words
        assert code in told.stderr, told.stderr
    listed = flash("list").stdout
    assert "PRELOADED" in listed
    assert listed.count("proposed by") == 1


def test_a_file_that_is_no_sale_is_said(flash, tmp_path):
    file = tmp_path / "sale.yaml"
    file.write_text(SALE.replace("price: 990", "price: cheap"), "utf-8")
    told = flash("define", file)
    assert (told.returncode, "FLASH_SALE_INVALID" in told.stderr) == (1, True)
