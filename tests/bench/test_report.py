"""The page and the plot are written from JSON, and what a person wrote beside them stays."""

import json
import xml.etree.ElementTree as ET

import pytest

from bench.goals import Goal, figures
from bench.plot import bars
from bench.report import BEGIN, END, PAGE, write_report

MACHINE = {"cores": 2, "processor": "P", "memory_gb": 4, "python": "3.11", "load_before": 0.1}


@pytest.fixture
def page(tmp_path):
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nafter\n", "utf-8")
    return page


def _told(bench):
    rows = [
        {"case": "Santong", "CPU ms/request": 0.5},
        {"case": "Other & <more>", "CPU ms/request": 5.0},
        {"case": "Away", "CPU ms/request": "not measured: it is away"},
    ]
    goals = [Goal("cheaper", 3, 10.0), Goal("dearer", 20, 10.0), Goal("nobody", 1, None)]
    told = figures(bench, rows, goals)
    return {
        "machine": MACHINE,
        "date": "2026-01-01",
        **told,
        "upstream_answers_per_second": 12345,
        "mean_batch": 9.5,
    }


def test_figures_and_goals_come_from_the_files(page, tmp_path):
    (tmp_path / "federation.json").write_text(json.dumps(_told("federation")), "utf-8")
    write_report(tmp_path, page)
    text = page.read_text("utf-8")
    assert text.startswith("# Before\n")
    assert text.endswith(f"{END}\n\nafter\n")
    assert "old" not in text
    assert "| Santong | 0.5 |" in text
    assert "| Away | not measured: it is away |" in text
    assert "| cheaper | ≥ 3 | 10 | yes |" in text
    assert "| dearer | ≥ 20 | 10 | no |" in text
    assert "| nobody | ≥ 1 | – | not measured |" in text
    assert "12,345 answers a second" in text
    assert "](benchmarks.svg)" in text
    written = text
    write_report(tmp_path, page)
    assert page.read_text("utf-8") == written
    write_report(tmp_path / "nothing", page)
    assert page.read_text("utf-8") == written


def test_a_bench_that_is_run_alone_leaves_the_others_their_figures(page, tmp_path):
    for bench in ("merge", "federation"):
        (tmp_path / f"{bench}.json").write_text(json.dumps(_told(bench)), "utf-8")
    write_report(tmp_path, page)
    both = page.read_text("utf-8")
    (tmp_path / "federation.json").unlink()
    alone = {**_told("merge"), "date": "2026-01-02"}
    (tmp_path / "merge.json").write_text(json.dumps(alone), "utf-8")
    write_report(tmp_path, page)
    before, part, after = both.partition("## A merged list of many sources")
    assert page.read_text("utf-8") == before + part + after.replace("2026-01-01", "2026-01-02")


def test_without_figures_it_says_so(page, tmp_path):
    write_report(tmp_path / "nothing", page)
    assert "Nothing was measured yet." in page.read_text("utf-8")
    assert not page.with_suffix(".svg").exists()


def test_the_plot_is_xml_with_a_bar_for_each_value():
    drawn = ET.fromstring(  # noqa: S314 - our own
        bars("A & B", {"Santong": 0.5, "<other>": 50.0}, marked="Santong")
    )
    space = "{http://www.w3.org/2000/svg}"
    one, other = drawn.findall(f".//{space}rect")[1:]
    assert float(other.get("width")) > float(one.get("width")) > 0
    assert one.get("fill") != other.get("fill")
    assert "<other>" in [text.text for text in drawn.findall(f".//{space}text")]


def test_the_page_has_a_place_for_them():
    text = PAGE.read_text("utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
