"""The code blocks, links and headings of the documentation, read from its Markdown."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^(`{3,})\s*(.*)$")
_LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(([^)\s]+)\)")
_SOURCE = re.compile(r'(?:src|srcset|href)="([^"]+)"')
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$")


class Block(NamedTuple):
    """One fenced block; `options` stand behind the language, such as `fault=shop:html200`."""

    page: str
    line: int
    language: str
    options: dict[str, str]
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page that a reader of the repository meets."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return list(_blocks(page.read_text("utf-8"), str(page.relative_to(ROOT))))


def _blocks(text: str, name: str) -> Iterator[Block]:
    fence, start, info, lines = "", 0, "", []
    for number, line in enumerate(text.splitlines(), start=1):
        found = _FENCE.match(line)
        if not fence and found:
            fence, info, start, lines = found[1], found[2], number, []
        elif fence and line.strip() == fence:
            language, *words = info.split() or [""]
            options = dict(word.split("=", 1) for word in words)
            yield Block(name, start, language, options, "\n".join(lines) + "\n")
            fence = ""
        elif fence:
            lines.append(line)
    assert not fence, f"{name}:{start}: the block has no end"


def prose(page: Path) -> str:
    """The page without its blocks."""
    return re.sub(
        r"^(`{3,}).*?^\1\s*$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )


def links(page: Path) -> list[str]:
    """Where the page's links and pictures lead."""
    text = prose(page)
    return [*_LINK.findall(text), *_SOURCE.findall(text)]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings have where repositories are shown."""
    headings = (_HEADING.match(line) for line in prose(page).splitlines())
    return {_anchor(found[1]) for found in headings if found}


def _anchor(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.replace(" ", "-")


def table_rows(text: str) -> list[list[str]]:
    """The cells of all table rows, headings and rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    ruled = [place for place, row in enumerate(rows) if set("".join(row)) <= set("-: ")]
    return [row for place, row in enumerate(rows) if place not in ruled and place + 1 not in ruled]
