"""Every figure of every shipped run in print: no text over text, none outside of the page, none blank.

Text is measured in the browser that draws exports, at a column's width and at a page's.
"""

import json
import shutil
from pathlib import Path

import plotly.graph_objects as go
import pytest

from devdash import export, gallery
from devdash.figures import discover
from devdash.figures.fitting import fit
from devdash.figures.fitting.axes import TILTED
from devdash.store.snapshot import Snapshot, publish
from tests.app.pages import fetch_once
from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("print")
SIZES = (export.Size(3.25, 8), export.Size(5.5, 9))
RUNS = sorted(path.name for path in (ROOT / "data" / "runs").iterdir())
MEASURE = Path(__file__).with_name("text_faults.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory) -> Snapshot:
    """The runs of the repository, in a folder of their own."""
    folder = tmp_path_factory.mktemp("shipped")
    shutil.copytree(ROOT / "data" / "runs", folder / "runs")
    return Snapshot(publish(folder))


def drawn(db: Snapshot, run: str):
    """Name, with the options that tell variants apart, and figure, of those of a run that have marks."""
    fetch = fetch_once(db)
    for name, module in discover().items():
        if hasattr(module, "NEEDS"):
            continue
        for variant in export.variants(db, module, run):
            figure = gallery.build(module, fetch, run, module.OPTIONS | variant)[1]
            if figure.data:
                yield f"{name} {variant or ''}".strip(), figure


def faults(figure, size: export.Size) -> list[str]:
    return measured(export.for_print(figure, size))


def measured(printed: go.Figure) -> list[str]:
    return export.with_printer(lambda printer: printer.evaluate(f"({MEASURE})({printed.to_json()})"))


@pytest.mark.parametrize("run", RUNS)
def test_every_figure_of_a_shipped_run_is_whole_at_both_sizes(shipped, run):
    wrong = {}
    for name, figure in drawn(shipped, run):
        for size in SIZES:
            if words := faults(figure, size):
                wrong[f"{name} at {size.width_in} in"] = words[:5]
    assert not wrong, json.dumps(wrong, indent=1, ensure_ascii=False)


@pytest.mark.parametrize(
    ("labels", "tilted"),
    [
        (["documentation<br>2,154", "dictionary<br>2,154", "legal<br>1,468"], True),
        (["10<sup>4</sup> 000 000", "20 000 000 000", "30 000 000 000"], False),
    ],
)
def test_names_that_touch_are_tilted_and_numbers_are_left_out(labels, tilted):
    figure = go.Figure(go.Scatter(x=[0, 1, 2], y=[0, 1, 2]))
    figure.update_xaxes(tickvals=[0, 1, 2], ticktext=labels, range=[-0.5, 2.5])
    axis = fit(figure, 260, 200).layout.xaxis
    assert (axis.tickangle == TILTED) == tilted
    assert (list(axis.ticktext) == labels) == tilted


@pytest.mark.parametrize(
    ("note", "fault"),
    [
        ({"xshift": 3, "text": "one"}, "two over one"),
        ({"xshift": 900, "text": "far"}, "outside the page: far"),
    ],
)
def test_the_measure_sees_what_is_wrong(note, fault):
    """Placed after the figure is fitted, so that nothing mends it."""
    figure = export.for_print(go.Figure(go.Scatter(x=[1, 2], y=[3, 4])), SIZES[0])
    assert measured(figure) == []
    for words in ({"text": "two"}, note):
        figure.add_annotation(x=1.5, y=3, **words)
    assert measured(figure) == [fault]
