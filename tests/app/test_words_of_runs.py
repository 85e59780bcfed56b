"""Runs whose words are markup: every part of every page shows them by the letter, and none breaks."""

import ast
import json
import re
import shutil
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

import devdash
from devdash.store import parquet
from devdash.store.runs import write_json
from devdash.store.schema import TABLES
from devdash.ui import chart
from tests.app.conftest import shared
from tests.app.pages import ONE_RUN, PAGES, WHOLE, closed_page, open_page, plots
from tests.conftest import run_of

MARKUP = ' ![x](http://h.invalid/p) <img src="x"> $q$ :red[z] | `c` %'
RAW = re.compile(r"(?<!\\)(?:!\[x|<img|\$q|:red\[z|`c)")
STRUCTURE = re.compile(  # what queries, pages and figures read numbers, runs or colours from
    r"(head|layer|merge) [\d.]+( → .*)?|.* × [\d.]+|[\d.]+|[a-z0-9-]+-s\d+.*|#[0-9a-f]{6}"
)
SAID = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
NAMED = ("expander", "button", "toggle", "checkbox", "metric", "page_link", "button_group")


@cache
def constants() -> frozenset[str]:
    """All strings that stand in the code, by which rows are chosen and names are given."""
    files = Path(devdash.__file__).parent.rglob("*.py")
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    quoted = {word for text in texts for word in re.findall(r"'([^']*)'", text)}
    return frozenset(texts | quoted)


def marked(value: str | None, keep: bool) -> str | None:
    """A word of a run with markup behind it. keep: not behind words that the code knows."""
    if value is None or (keep and (value in constants() or STRUCTURE.fullmatch(value))):
        return value
    return value + MARKUP


def write_marked(source: Path, folder: Path, keep: bool) -> None:
    """A copy of a run with marked words in all tables and in run.json."""
    shutil.copytree(source, folder)
    for path in folder.glob("*.parquet"):
        rows = parquet.read(path)
        for column in TABLES[path.stem].columns[1:]:
            if column.type == "VARCHAR" and not column.words and column.name in rows.column_names:
                words = pa.array([marked(word, keep) for word in rows[column.name].to_pylist()], pa.string())
                rows = rows.set_column(rows.column_names.index(column.name), column.name, words)
        parquet.write(path, rows)
    facts = json.loads((folder / "run.json").read_text())
    paper = f"2410.02984 (Figure 1{MARKUP})"
    said = {"title": facts["title"] + MARKUP, "preset": facts["preset"] + MARKUP, "paper": paper}
    write_json(folder / "run.json", facts | said)


@pytest.fixture(scope="session", params=[True, False], ids=["words known to the code are kept", "all"])
def marked_folder(request, smoke_data, tmp_path_factory) -> Path:
    def fill(folder: Path) -> None:
        for run in (smoke_data / "runs").iterdir():
            write_marked(run, folder / "runs" / run.name, request.param)

    return shared(tmp_path_factory, f"marked-{request.param}", fill)


def raw(test) -> list[str]:
    """What a page shows of the words of runs that is not by the letter."""
    said = [str(part.value) for kind in SAID for part in test.get(kind)]
    said += [str(getattr(part.proto, "label", "")) for kind in NAMED for part in test.get(kind)]
    figures = [part["figure"] for part in plots(test)]
    for figure in figures:
        figure["layout"].pop("uirevision", None)  # shown nowhere
    drawn = [word for figure in figures for word in strings(figure) if "<img" in word]
    return [text[:300] for text in said if RAW.search(text)] + drawn


def strings(value) -> list[str]:
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for part in parts for text in strings(part)]


@pytest.mark.parametrize(("view", "experiment"), ONE_RUN)
def test_words_of_the_run_of_a_page_are_shown_by_the_letter(marked_folder, read, view, experiment):
    run = run_of(read(marked_folder), experiment)
    for section in PAGES[view].sections or ("",):
        address = {PAGES[view].picker[1]: section} if section else {}
        test = closed_page(view, run=run, **address).run()
        assert not test.exception, (section, [e.value for e in test.exception])
        assert raw(test) == [], section
        if "True" in marked_folder.name:
            assert not [e.value for e in test.error if e.value.startswith(chart.CANNOT)], section


@pytest.mark.parametrize("view", WHOLE)
def test_words_of_all_runs_are_shown_by_the_letter(marked_folder, read, view):
    read(marked_folder)
    assert raw(open_page(view)) == []


def test_names_of_metrics_are_shown_by_the_letter(marked_folder, read):
    """Chosen as the metric, and as what it is drawn over."""
    read(marked_folder)
    names = [name for name in open_page("compare").selectbox(key="metric").options if MARKUP in name]
    test = open_page("compare", metric=names[0], over=names[1], experiment="all experiments")
    assert test.selectbox(key="metric").value == names[0] and test.selectbox(key="over").value == names[1]
    assert raw(test) == []
