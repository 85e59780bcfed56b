"""What λ̂ is stands wherever λ̂ of the table llc is drawn, from what is stored or from a sweep over nβ."""

import functools
import inspect

import numpy as np
import pytest

from devdash import gallery
from devdash.figures import discover, llc_budget
from devdash.figures.marks.llc import CAUTION
from devdash.store import queries
from devdash.store.snapshot import Snapshot, publish
from tests.app import made_heads, made_language, made_regression
from tests.app.made import frame, write_run
from tests.app.made_estimates import OTHERS, PARTS, SETTINGS, TRACE, others

WORDS = "curvature: nβ tr H / 2γ"
RUNS = (made_language.RUN, made_heads.RUN, made_regression.RUN, OTHERS)


def draws_llc(module) -> bool:
    """Whether a figure draws λ̂ from a query of the table llc."""
    sources = [queries.QUERIES[name] for name in gallery.sources(module).values() if name in queries.QUERIES]
    code = inspect.getsource(module)
    marked = any(call in code for call in ("marks.estimates", "marks.llc_title", "marks.regime_words"))
    return marked and any("llc" in query.tables for query in sources)


FIGURES = {name: module for name, module in discover().items() if draws_llc(module)}


@pytest.fixture(scope="module")
def older(older_folder) -> Snapshot:
    return Snapshot(publish(older_folder))


@pytest.fixture(scope="module")
def stored(regimes_folder) -> Snapshot:
    return Snapshot(publish(regimes_folder))


@functools.cache
def built(db: Snapshot, module) -> list:
    """(run, figure) for each run with rows for it, drawn once for all tests that look at them."""
    fetch = functools.partial(gallery.query, db)
    figures = [(run, gallery.build(module, fetch, run, {})[1]) for run in RUNS]
    return [(run, figure) for run, figure in figures if figure.data]


def titles(figure) -> str:
    """Titles of axes, and what stands upright above them."""
    axes = [*figure.select_xaxes(), *figure.select_yaxes()]
    above = [note.text or "" for note in figure.layout.annotations]
    return " ".join([*(axis.title.text or "" for axis in axes), *above])


def test_figures_of_llc_are_recognised():
    assert {"llc_curve", "stage_curves", "head_distributions", "staircases", "sampler_agreement"} <= set(
        FIGURES
    )


@pytest.mark.parametrize("name", FIGURES)
def test_a_stored_regime_stands_on_every_figure_of_llc_in_amber(stored, name):
    figures = built(stored, FIGURES[name])
    assert figures
    for run, figure in figures:
        assert f'<span style="color:{CAUTION}">{WORDS}' in titles(figure), run


@pytest.mark.parametrize("name", FIGURES)
def test_older_runs_without_a_sweep_have_no_word(older, name):
    for run, figure in built(older, FIGURES[name]):
        assert WORDS not in titles(figure) or run == made_language.RUN


@pytest.mark.parametrize("name", ["llc_curve", "stage_curves"])
def test_older_runs_have_the_word_from_their_sweep(older, name):
    fetch = functools.partial(gallery.query, older)
    series = {"model": made_language.MAIN, "component": "full", "distribution": "all", "target": "data"}
    options = {key: value for key, value in series.items() if key in FIGURES[name].OPTIONS}
    figure = gallery.build(FIGURES[name], fetch, made_language.RUN, options)[1]
    assert WORDS in titles(figure)


@pytest.mark.parametrize("name", FIGURES)
def test_the_trace_stands_under_the_mouse_where_estimates_are_points(stored, name):
    for run, figure in built(stored, FIGURES[name]):
        if "marks.estimates" in inspect.getsource(FIGURES[name]):
            said = [trace.customdata for trace in figure.data if trace.customdata is not None]
            assert f"tr H = {TRACE}" in str([list(map(list, rows)) for rows in said]), run


def sweep(power: float, **changes):
    """Estimates at nβ 30 and a sweep over nβ at the same step, λ̂ ∝ (nβ)^power."""
    nbeta = np.array([10.0, 100.0])
    columns = {"model": "m", "step": 1000, "distribution": "all", "component": "full"}
    columns |= {"nbeta": nbeta, "gamma": 300.0, "std_err": 0.1, "verdict": "reliable"}
    columns |= {"llc": 7 * (nbeta / 30) ** power, **changes}
    return {
        "llc": frame("llc", model="m", step=STEPS_OF_MODEL, distribution="all", **SETTINGS),
        "llc_sweep": frame("llc_sweep", **columns),
    }


STEPS_OF_MODEL = list(range(100, 1001, 100))


def points(data, tables):
    write_run(data, "swept", tables)
    return queries.llc_points(Snapshot(publish(data)), "swept", "m", "full", "all", "data")


@pytest.mark.parametrize(
    ("power", "word"),
    [(0.0, "learning coefficient"), (0.2, "learning coefficient"), (0.5, "between"), (0.95, "curvature")],
)
def test_a_sweep_says_the_regime_where_none_is_stored(tmp_path, power, word):
    (tmp_path / "runs").mkdir()
    rows = points(tmp_path, sweep(power))
    assert set(rows["regime_word"]) == {word} and rows["regime"].isna().all()
    traces = rows["hessian_trace"]
    if word == "curvature":
        assert np.allclose(traces, 2 * 300 * 7 / 30)
    else:
        assert traces.isna().all()


@pytest.mark.parametrize(
    "changes",
    [
        {"gamma": 100.0, "nbeta": 30.0},
        {"verdict": "diverged"},
        {"llc": [np.nan, -1.0]},
        {"component": "head 0.0"},
        {"model": "other", "nbeta": 30.0},
    ],
    ids=["one setting", "diverged", "no logarithm", "component", "model"],
)
def test_a_sweep_of_something_else_says_nothing(tmp_path, changes):
    (tmp_path / "runs").mkdir()
    rows = points(tmp_path, sweep(0.95, **changes))
    assert rows["regime_word"].isna().all() and rows["hessian_trace"].isna().all()


def test_what_is_stored_goes_before_the_sweep(tmp_path):
    (tmp_path / "runs").mkdir()
    tables = sweep(0.95)
    tables["llc"]["regime_word"] = ["learning coefficient", *["between"] * (len(STEPS_OF_MODEL) - 1)]
    rows = points(tmp_path, tables)
    assert rows["regime_word"].tolist() == tables["llc"]["regime_word"].tolist()
    assert rows["hessian_trace"].isna().all()


def test_the_budget_of_a_series_is_drawn_over_its_steps_and_of_one_estimate_as_bars(stored):
    rows = queries.llc_points(stored, OTHERS, "", "full", "path 0", "data")
    curves = {trace.name: list(trace.y) for trace in llc_budget.draw(rows, step=100).data if trace.name}
    assert curves["step"] == [PARTS["budget_step"]] * 4 and curves["together"] == [1.3] * 4
    (bars,) = llc_budget.draw(rows.tail(1)).data
    assert list(bars.x) == [*PARTS.values(), 1.3]
    assert np.sqrt(sum(part**2 for part in PARTS.values())) == pytest.approx(1.3)


def test_older_runs_say_that_no_budget_is_stored(older):
    rows = queries.llc_points(older, OTHERS, "", "full", "path 0", "data")
    figure = llc_budget.draw(rows)
    assert not figure.data and "not stored" in figure.layout.annotations[0].text
    assert len(rows) == len(others()["sgd_step"])
