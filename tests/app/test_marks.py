"""The marks that figures are made of: what they draw for rows that are made up here."""

import doctest
import pkgutil

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from devdash.figures import marks, style
from devdash.figures.marks.llc import CAUTION

MODULES = [module.name for module in pkgutil.iter_modules(marks.__path__, f"{marks.__name__}.")]
ROWS = pd.DataFrame(
    {
        "step": [1, 10, 100],
        "model": ["a", "a", "b"],
        "llc": [1.0, 2.0, 4.0],
        "std_err": [0.1, np.nan, 0.5],
        "verdict": ["reliable", "not converged", "reliable"],
    }
)


def drawn(mark: dict):
    """A mark through Plotly, which refuses what it does not know."""
    return go.Figure(mark).data[0]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name):
    module = __import__(name, fromlist=["marks"])
    assert doctest.testmod(module).failed == 0


def test_points_are_hollow_where_not_reliable_and_bars_are_95_percent():
    points = drawn(marks.points(ROWS, "step", "llc", style.BLUE, "std_err"))
    assert list(points.marker.color) == [style.BLUE, style.CLEAR, style.BLUE]
    assert list(points.error_y.array) == pytest.approx([0.196, 0, 0.98])
    assert points.error_x.array is None
    across = drawn(marks.points(ROWS, "llc", "step", style.BLUE, "std_err", across=True))
    assert list(across.error_x.array) == list(points.error_y.array) and across.error_y.array is None


def test_an_interval_may_have_two_lengths():
    rows = ROWS.assign(low=ROWS["llc"] - 0.5, high=ROWS["llc"] + 2.0)
    bars = drawn(marks.points(rows, "step", "llc", style.BLUE, ("low", "high"))).error_y
    assert set(bars.array) == {2.0} and set(bars.arrayminus) == {0.5} and bars.symmetric is False


def test_hover_names_columns_and_a_click_gives_them_in_that_order():
    hover = "step {step:,}: %{y:.2f} ± {std_err:.1f}, step {step}"
    points = drawn(marks.points(ROWS, "step", "llc", style.BLUE, hover=hover, about="here"))
    wanted = "step %{customdata[0]:,}: %{y:.2f} ± %{customdata[1]:.1f}, step %{customdata[0]}"
    assert points.hovertemplate == f"{wanted}<extra>here</extra>"
    assert points.customdata[2].tolist() == [100, 0.5]
    assert drawn(marks.points(ROWS, "step", "llc", style.BLUE)).hoverinfo == "skip"


def test_many_lines_are_one_trace_with_gaps():
    line = drawn(marks.line(ROWS, "step", "llc", style.BLUE, gaps="model"))
    assert np.isnan(np.array(line.x, float)).tolist() == [False, False, True, False, True]


def test_a_band_goes_there_and_back():
    band = drawn(marks.band(ROWS, "step", *marks.interval(ROWS["llc"], ROWS["std_err"]), style.BLUE))
    assert list(band.x) == [1, 10, 100, 100, 10, 1]
    assert list(band.y) == pytest.approx([1.196, 2, 4.98, 3.02, 2, 0.804])


def test_a_name_stands_once_in_the_legend():
    named = [marks.line(ROWS, "step", "llc", style.BLUE, name=name, panel=p) for p in (1, 2) for name in "ab"]
    in_legend = [drawn(mark).showlegend for mark in marks.once(named)]
    assert in_legend == [None, None, False, False]


def test_names_at_ends_do_not_touch():
    notes = marks.end_names({"a": (1.0, style.BLUE), "b": (1.0, style.GREY), "c": (9.0, style.PINK)}, px=20)
    heights = [note["y"] * 20 + note["yshift"] for note in notes]
    assert abs(heights[0] - heights[1]) >= 12.9 and heights[2] == 180
    go.Figure().update_layout(annotations=notes)


def test_many_models_share_a_name_a_few_keep_theirs():
    few = {"seed 0": 1.0, "seed 1": 2.0, "1 task": 9.0}
    assert marks.group_ends(few, "seed 0") == few
    many = few | {f"seed {k}": 10.0 * k for k in range(2, 6)}
    assert marks.group_ends(many, "seed 0") == {"seed 0": 1.0, "1 task": 9.0, "5 other seeds": 30.0}


def test_seeds_are_a_band_thin_lines_and_a_mean_where_all_were_measured():
    lines = pd.DataFrame({"model": list("aabb"), "step": [1, 10, 1, 100], "value": [1.0, 2.0, 3.0, 5.0]})
    traces = marks.seeds(lines, style.BLUE, "loss")
    assert [trace["mode"] for trace in traces] == ["none", "lines", "lines"]
    assert list(traces[-1]["x"]) == [1] and list(traces[-1]["y"]) == [2.0]
    assert len(marks.seeds(lines[lines["model"] == "a"], style.BLUE, "loss")) == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["learning coefficient"] * 3, "learning coefficient"),
        (["curvature"] * 3, "curvature: nβ tr H / 2γ"),
        (["learning coefficient", "curvature", "between"], "curvature at 1 of 3"),
        (["between", None, "learning coefficient"], "between at 1 of 2"),
        ([None, None, ""], ""),
    ],
)
def test_an_axis_of_llc_says_the_regime_amber_where_it_is_not_a_learning_coefficient(values, words):
    title = marks.llc_title(ROWS.assign(regime_word=values), "λ̂")
    assert words in title and (title == "λ̂") == (not words)
    assert (CAUTION in title) == ("curvature" in words or "between" in words)
    assert marks.llc_title(ROWS, "λ̂") == "λ̂"


def test_an_estimate_says_its_regime_and_trace_under_the_mouse():
    rows = ROWS.assign(
        regime_word=["curvature", None, "learning coefficient"], hessian_trace=[12.34, np.nan, 5.0]
    )
    last = [row[-1] for row in drawn(marks.estimates(rows, "step", "llc", style.BLUE)).customdata]
    assert last == ["<br>curvature: nβ tr H / 2γ<br>tr H = 12.34", "", "<br>learning coefficient<br>tr H = 5"]
    assert drawn(marks.estimates(ROWS, "step", "llc", style.BLUE)).customdata[0][-1] == ""


def test_stages_of_one_name_are_numbered():
    assert marks.numbered(["bigrams", "bigrams", "heads"]) == ["bigrams 1", "bigrams 2", "heads"]
    assert marks.numbered(["", ""]) == ["", ""]


def test_stages_that_end_before_an_axis_begins_are_neither_named_nor_shaded_on_it():
    stages = pd.DataFrame(
        {
            "label": ["bigrams", "bigrams", "heads"],
            "stage": [0, 1, 2],
            "start_step": [0, 20, 500],
            "end_step": [20, 500, 9000],
        }
    )
    figure, steps = go.Figure(), [0, 30, 9000]
    assert marks.name_stages(figure, stages, steps) > 0
    assert [note.text for note in figure.layout.annotations] == ["bigrams 2", "heads"]
    bands = [
        (shape["x0"], shape["x1"]) for shape in marks.stage_shapes(stages, steps) if shape["type"] == "rect"
    ]
    assert bands == [(30, 500), (500, 9000)]
    assert marks.name_stages(go.Figure(), stages[:1], steps) == 0


def test_estimates_outside_of_an_axis_are_marked_at_its_edge_with_their_value():
    rows = pd.DataFrame({"step": [1, 2, 3], "llc": [-140.0, 5.0, 99.0], "verdict": "diverged"})
    low, high = marks.beyond(rows, "step", "llc", [0.0, 10.0], style.BLUE)
    assert list(low["x"]) == [1] and list(high["x"]) == [3]
    assert 0 < low["y"][0] < 1 and 9 < high["y"][0] < 10
    assert low["marker"]["symbol"] == "triangle-down-open" and low["customdata"].to_numpy()[0][0] == -140
    assert marks.beyond(rows, "step", "llc", None, style.BLUE) == []
    assert marks.beyond(rows, "step", "llc", [-200.0, 200.0], style.BLUE) == []


def test_an_axis_has_room_for_intervals_but_not_for_the_few_that_are_far_longer():
    rows = pd.DataFrame(
        {"llc": [1.0, 2.0, 3.0, 4.0], "std_err": [0.5, 0.5, 50.0, 0.5], "verdict": "reliable"}
    )
    low, high = style.span(rows)
    assert low < 1 - 0.98 and 4 + 0.98 < high < 10
    doubtful = rows.assign(verdict=["reliable", "reliable", "not converged", "reliable"])
    assert style.span(doubtful) == [low, high]
    assert style.span(rows.drop(columns="std_err"))[1] < 4 + 0.98
    unknown = rows.assign(std_err=np.nan)
    assert style.span(unknown) == style.span(rows.drop(columns="std_err"))


def test_the_cut_end_of_an_interval_has_an_arrow_that_says_where_it_ends():
    rows = pd.DataFrame({"step": [1, 2], "llc": [5.0, 6.0], "std_err": [0.1, 50.0], "verdict": "reliable"})
    low, high = marks.beyond(rows, "step", "llc", [0.0, 10.0], style.BLUE)
    assert list(low["x"]) == list(high["x"]) == [2]
    assert high["marker"]["symbol"] == "triangle-up" and low["marker"]["symbol"] == "triangle-down"
    assert 6 + 98 in high["customdata"].to_numpy()[0]
    assert marks.beyond(rows[:1], "step", "llc", [0.0, 10.0], style.BLUE) == []
