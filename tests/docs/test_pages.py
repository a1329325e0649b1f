"""Pages lead somewhere, are found from the index, and use the agreed words."""

import re

import pytest

from tests.docs.doc_blocks import ROOT, anchors, links, pages, prose, table_rows

_WORDS = (
    "Channel",
    "System",
    "Connector",
    "Manifest",
    "Protocol",
    "Capability",
    "Port",
    "Record",
    "Row",
    "Native field",
    "Mapping",
    "Member",
    "Membership",
    "Identity",
    "Product",
    "Estate",
    "Route",
    "Source report",
    "Platform",
    "Load agreement",
    "Caller",
    "Visibility",
    "Adoption",
    "Standing",
    "Gate",
    "Evidence",
    "Cohort",
)
_ABROAD = ("http://", "https://", "mailto:")


def _target(page, link):
    path, _, anchor = link.partition("#")
    return (page.parent / path).resolve() if path else page, anchor


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_its_links_lead_somewhere(page):
    broken = []
    for link in links(page):
        if link.startswith(_ABROAD):
            continue
        target, anchor = _target(page, link)
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_reached_from_the_readme():
    reached, open_pages = set(), [ROOT / "README.md"]
    while open_pages:
        page = open_pages.pop()
        if page in reached or page.suffix != ".md" or not page.is_file():
            continue
        reached.add(page)
        open_pages += [_target(page, one)[0] for one in links(page) if not one.startswith(_ABROAD)]
    assert [str(page.relative_to(ROOT)) for page in pages() if page not in reached] == []


def test_the_glossary_defines_each_word_once():
    rows = table_rows((ROOT / "docs" / "glossary.md").read_text("utf-8"))
    words = [re.sub(r"[^\x00-\x7f]+", "", row[0]).replace("*", "").strip() for row in rows]
    assert words == list(_WORDS)
    assert all(row[1] for row in rows)


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_it_has_one_title_and_speaks_of_no_machine(page):
    text = prose(page)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    assert not re.search(r"(?<![\w.])/(work|home|root|Users)/", page.read_text("utf-8"))
