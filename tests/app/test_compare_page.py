"""Compare: which series are offered, what is drawn of them, and what means of groups are."""

import shutil

import numpy as np
import pandas as pd
import pytest

from devdash.figures import compare
from devdash.figures.series_groups import group_of, means, names, smoothed
from devdash.store import queries
from devdash.store.queries.comparison import LLC, POINTS_PER_SERIES, TEST_LOSS
from devdash.store.snapshot import Snapshot, publish
from tests.app.made import frame, write_run
from tests.app.pages import drawn, open_page, texts

STEPS = [1, 10, 100]


def line(model: str, values, places=STEPS, **more) -> pd.DataFrame:
    """Rows of one series as the query gives them."""
    facts = {"run": "r", "title": "t", "preset": "p", "seed": 0, "component": "full", "distribution": "all"}
    rows = pd.DataFrame({"place": places, "value": values, "step": places, "std_err": np.nan, "verdict": ""})
    return rows.assign(series=f"r|{model}", model=model, **(facts | more))


def test_series_are_called_by_what_tells_them_apart():
    rows = pd.concat([line("two-layer, seed 0", [1, 2, 3]), line("two-layer, seed 1", [1, 2, 3])])
    assert list(names(rows).values()) == ["two-layer, seed 0", "two-layer, seed 1"]
    assert set(group_of(rows, "model")) == {"two-layer"}
    assert set(group_of(rows, "component")) == {"full"}


def test_means_spread_and_numbers_are_those_of_the_series_that_there_are():
    """A series is interpolated between its places and counts for nothing outside of them."""
    rows = pd.concat([line("a", [0.0, 10.0], [0, 10]), line("b", [2.0, 12.0, 22.0], [0, 10, 20])])
    mean = means(rows).set_index("place")
    assert mean["mean"].tolist() == [1.0, 11.0, 22.0] and mean["count"].tolist() == [2, 2, 1]
    assert mean["sd"].tolist()[:2] == pytest.approx([2**0.5] * 2) and np.isnan(mean["sd"].iloc[2])
    assert mean["se"].tolist()[:2] == pytest.approx([1.0] * 2)
    halfway = means(pd.concat([line("a", [0.0, 10.0], [0, 10]), line("b", [4.0], [5])])).set_index("place")
    assert halfway.loc[5, "mean"] == pytest.approx(4.5)


def test_smoothing_is_a_running_mean_and_none_by_default():
    rows = line("a", [0.0, 3.0, 6.0, 30.0, 0.0], [1, 2, 3, 4, 5])
    assert smoothed(rows, 1) is rows
    assert smoothed(rows, 3)["value"].tolist() == pytest.approx([1.5, 3, 13, 12, 15])
    assert compare.OPTIONS["smooth"] == 1


def test_one_value_is_a_marker_and_negative_values_have_a_linear_axis():
    (mark,) = compare.draw(line("a", [3.0], [10]), "m").data
    assert mark.mode == "markers"
    figure = compare.draw(line("a", [-3.0, -2.0, -1.0]), "m", log_y=True)
    assert figure.layout.yaxis.type == "linear" and list(figure.data[0].y) == [-3, -2, -1]
    assert compare.draw(line("a", [1.0, 2.0, 3.0]), "m", log_y=True).layout.yaxis.type == "log"


def test_axes_are_named_by_the_metrics():
    figure = compare.draw(line("a", [1.0, 2.0, 3.0]), "MSE", over="test loss", log_x=False)
    assert figure.layout.yaxis.title.text == "MSE" and figure.layout.xaxis.title.text == "test loss"


def test_groups_have_a_mean_with_their_number():
    rows = pd.concat([line(f"net, seed {seed}", [1.0, 2.0, 3.0 + seed]) for seed in range(3)])
    figure = compare.draw(rows, "m", group="model")
    assert any("N = 3" in note.text for note in figure.layout.annotations)
    assert max(len(trace.y) for trace in figure.data if trace.fill == "toself") == 2 * len(STEPS)


@pytest.fixture
def recorded(tmp_path, read):
    """A run with a metric of 5,000 steps of two models, of which one has another metric too."""
    steps = np.arange(5_000)
    place = {"step": steps, "component": "", "distribution": ""}
    peak = {"name": "m", "value": np.where(steps == 777, 9.0, 0.1)}
    metric = pd.concat(frame("metric", model=model, **place, **peak) for model in ("a", "b"))
    other = frame("metric", model="a", name="other", value=steps * 2.0, **place)
    write_run(read(tmp_path), "made", {"metric": pd.concat([metric, other])})
    return Snapshot(publish(tmp_path))


def test_long_series_keep_their_peaks(recorded):
    rows = queries.compared(recorded, "m")
    assert rows.groupby("series").size().max() <= POINTS_PER_SERIES
    assert rows.loc[rows["value"] == 9.0, "step"].tolist() == [777, 777]


def test_a_metric_over_another_stands_where_both_were_measured(recorded):
    rows = queries.compared(recorded, "m", over="other")
    there = rows.dropna(subset=["place"])
    assert set(there["model"]) == {"a"} and (there["place"] == 2 * there["step"]).all()


def test_names_with_a_separator_are_series_of_their_own(tmp_path):
    rows = [
        frame("metric", model=m, step=STEPS, name="loss", component=c, value=1.0)
        for m, c in (("a", "b|c"), ("a|b", "c"), ("a%7Cb", "c"))
    ]
    metric = pd.concat(rows).assign(distribution="")
    write_run(tmp_path, "odd", {"metric": metric})
    db = Snapshot(publish(tmp_path))
    series = queries.comparable_series(db, "loss")["series"]
    assert series.nunique() == 3
    for name in series:
        assert set(queries.compared(db, "loss", (name,))["series"]) == {name}


def listed(db: Snapshot) -> dict[tuple[str, str], int]:
    """(run, metric) → series, as the list of metrics and those of a metric's series tell it."""
    names = queries.comparable(db)["name"].unique()
    rows = pd.concat(queries.comparable_series(db, name).assign(name=name) for name in names)
    lines = queries.comparable(db).groupby("name")["lines"].sum()
    assert lines.to_dict() == rows.groupby("name").size().to_dict()
    return rows.groupby(["run", "name"]).size().to_dict()


def test_the_list_of_series_follows_runs_that_change_and_go(tmp_path):
    place = {"component": "", "distribution": "", "step": STEPS}
    first = pd.concat(frame("metric", model=m, name="x", value=1.0, **place) for m in "ab")
    write_run(tmp_path, "changed", {"metric": first})
    write_run(tmp_path, "gone", {"metric": first})
    assert listed(Snapshot(publish(tmp_path))) == {("changed", "x"): 2, ("gone", "x"): 2}
    shutil.rmtree(tmp_path / "runs" / "gone")
    other = frame("metric", model="a", name="y", value=1.0, **place)
    write_run(tmp_path, "changed", {"metric": other})
    assert listed(Snapshot(publish(tmp_path))) == {("changed", "y"): 1}


def test_a_metric_without_values_is_none_and_one_with_the_name_of_a_loss_is_no_second_one(tmp_path):
    place = {"component": "", "distribution": "", "step": STEPS}
    empty = frame("metric", model="a", name="empty", value=None, **place)
    twice = frame("metric", model="a", name=TEST_LOSS, value=1.0, **place)
    saved = frame("checkpoint", model="a", step=STEPS, test_loss=1.0, train_loss=None)
    write_run(tmp_path, "run", {"metric": pd.concat([empty, twice]), "checkpoint": saved})
    assert listed(Snapshot(publish(tmp_path))) == {("run", TEST_LOSS): 1}


def test_the_page_opens_on_llc_and_former_addresses_open_it(smoke):
    test = open_page("compare")
    assert test.selectbox(key="metric").value == LLC and drawn(test) == ["compare"]
    chosen = test.multiselect(key="series").value[:1]
    test = open_page("compare", experiment="regression", metric="MSE", group="model")
    assert test.selectbox(key="metric").value == "MSE"
    assert all("regression" in series for series in test.multiselect(key="series").value)
    test = open_page("compare", series=chosen)
    assert test.multiselect(key="series").value == chosen


def test_without_a_series_it_says_how_to_choose_some(smoke):
    test = open_page("compare")
    test.multiselect(key="series").set_value([]).run()
    assert "Choose series to compare" in texts(test) and not test.exception
