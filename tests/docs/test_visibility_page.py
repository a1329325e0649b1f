"""The page of who may see what says what the table says."""

from capabilities.visibility import POLICY, printed
from tests.docs.doc_blocks import ROOT

_BEGIN = "<!-- santong schema visibility -->\n"


def test_the_page_is_the_table() -> None:
    page = (ROOT / "docs/reference/visibility.md").read_text("utf-8")
    assert page.partition(_BEGIN)[2].strip() == printed(POLICY).strip()
