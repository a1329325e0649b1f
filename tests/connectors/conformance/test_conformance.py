"""Every system, every port that it offers, every check: no skips."""

import pytest

from connectors.connector import ABILITIES
from connectors.manifest import known_systems
from tests.connectors.conformance.case import Ear
from tests.connectors.conformance.pages import PLACE, pages
from tests.connectors.conformance.subject import SUBJECTS
from tests.connectors.conformance.suite import ALL, offered


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
async def test_every_port_conforms(case, check):
    for name in offered(case.connector, case.connector.abilities, check):
        if (name, check.__name__) in case.subject.waivers:
            with pytest.raises(AssertionError):
                await check(case, name)
        else:
            await check(case, name)


async def test_every_port_of_the_menu_is_offered_somewhere(systems):
    found = set()
    for name in SUBJECTS:
        connector = await systems[name].open(Ear())
        found |= connector.abilities
        assert connector.spec.channels
        await connector.aclose()
    assert found == ABILITIES


def test_waivers_name_checks_that_exist():
    names = {check.__name__ for check in ALL}
    for subject in SUBJECTS.values():
        assert all(check in names and why for (_, check), why in subject.waivers.items())


def test_a_case_says_its_system_and_what_it_is_tested_against():
    silent = [name for name, one in SUBJECTS.items() if not (one.system and one.tested_against)]
    assert silent == []
    shipping = {one.system for one in SUBJECTS.values() if one.systems is None}
    assert shipping == set(known_systems())


def test_the_pages_of_systems_are_those_of_the_suite():
    made = pages()
    assert {path.name for path in PLACE.glob("*.md")} == {path.name for path in made}
    old = [str(path) for path, text in made.items() if path.read_text("utf-8") != text]
    assert old == [], "python -m tests.connectors.conformance.pages writes them"
