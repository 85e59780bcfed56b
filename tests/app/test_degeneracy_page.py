"""The Degeneracy page on rows made for the test: numbers in words, runs that lack a part."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from devdash import gallery
from devdash.figures import style
from devdash.store import queries
from devdash.store.snapshot import Snapshot, publish
from devdash.views.degeneracy import PAGE
from tests.app.conftest import shared
from tests.app.made import frame as rows
from tests.app.made import write_run
from tests.app.pages import charts, open_page, seen_page, texts

RUN = "degeneracy-test"


def truth() -> pd.DataFrame:
    theory = np.arange(4.0, 16.0)
    nets = {"system": "deep linear", "weights": 72, "n": 1e5, "multiplicity": 1, "std_err": 0.01}
    equal = {"hessian_rank": 8, "nullity": 64}
    signs = np.where(np.arange(12) % 2, 1.0, -1.0)
    ours = rows(
        "truth",
        name=[f"net {i}, aligned" for i in range(12)],
        protocol="ours",
        llc_theory=theory,
        llc=theory * (1 + 0.02 * signs),
        verdict="reliable",
        **nets,
        **equal,
    )
    paper = rows(
        "truth",
        name=[f"net {i}, teacher" for i in range(12)],
        protocol="paper's settings",
        llc_theory=theory,
        llc=[np.nan, -1.0, *theory[2:] * 1.5],
        verdict=["diverged", "not a minimum", *["not converged"] * 10],
        **nets,
    )
    names, lam = ["x²y⁶", "x²y²", "(x²+y²)²"], [1 / 6, 0.5, 0.5]
    potentials = [
        rows(
            "truth",
            system="potential",
            name=names,
            protocol=protocol,
            n=n,
            weights=2,
            llc_theory=lam,
            llc_exact=[0.14, 0.36, 0.49],
            llc=[0.141, 0.36, 0.489],
            std_err=0.01,
            multiplicity=[1, 2, 1],
            hessian_rank=0,
            nullity=2,
            verdict="reliable" if n < 1e6 else ["reliable", "reliable", "not converged"],
        )
        for protocol in ("ours", "MALA")
        for n in (1e3, 1e6)
    ]
    return pd.concat([ours, paper, *potentials])


def digits() -> pd.DataFrame:
    settings = [
        ("SGD", 0.04, 64),
        ("SGD", 0.01, 64),
        ("SGD", 0.04, 256),
        ("SGD", 0.04, 32),
        ("SGD", 0.02, 64),
        ("Entropy-SGD", 1.0, 64),
    ]
    parts = []
    for kind, rate, batch in settings:
        for seed in range(3):
            parts.append(
                rows(
                    "digits_step",
                    setting=f"{kind}, rate {rate}, batch {batch}",
                    optimiser=kind,
                    learning_rate=rate,
                    batch_size=batch,
                    seed=seed,
                    step=[0, 10, 100, 20, 60],
                    epoch=1.0,
                    train_loss=[2.3, 1.0, 0.02, 0.1, 0.05],
                    test_loss=1.0,
                    test_error=0.1,
                    matched=[False] * 3 + [True] * 2,
                    level=[np.nan] * 3 + [0.1, 0.05],
                    llc=[-50, 40.0, 90, 60, 70 + seed],
                    std_err=1.0,
                    verdict=["not a minimum", *["reliable"] * 4],
                )
            )
    return pd.concat(parts)


def trials() -> pd.DataFrame:
    """Of five good settings four are reliable; of the five reliable ones one is far off, and says so."""
    return rows(
        "coverage",
        sampler="Langevin",
        family=["gaussian"] * 3 + ["deep_linear"] * 3,
        system=[f"d {10 * place}" for place in range(1, 7)],
        part="tuning",
        setting="usual",
        good=[True] * 5 + [False],
        llc_theory=5.0,
        llc_exact=5.0,
        exact_error=0.0,
        llc=[5.0, 5.1, 5.15, 6.0, 9.0, 4.9],
        std_err=[0.1, 0.1, 0.1, 0.6, 0.1, 0.2],
        verdict=["reliable"] * 4 + ["not converged", "reliable"],
    )


def tables() -> dict[str, pd.DataFrame]:
    grid = np.linspace(-1, 1, 11)
    x, y = (part.ravel() for part in np.meshgrid(grid, grid))
    return {
        "truth": truth(),
        "digits_step": digits(),
        "coverage": trials(),
        "potential_level": rows("potential_level", name="x²y²", x=x, y=y, loss=x**2 * y**2),
        "potential_draw": rows(
            "potential_draw", name="x²y²", chain=0, draw=range(len(x)), x=x, y=y, loss=x**2 * y**2
        ),
        "rescaling": rows(
            "rescaling",
            factor=[1.0, 10, 1000] * 2,
            sampler=["SGLD"] * 3 + ["RMSprop-SGLD"] * 3,
            llc=[10, 200, np.nan, 10, 10, 10],
            std_err=0.1,
            verdict=["reliable", "not converged", "diverged"] + ["reliable"] * 3,
        ),
        "llc": rows(
            "llc",
            step=0,
            component="full",
            distribution=["ReLU 3-3, MALA", "ReLU 3-3, SGLD", "ReLU 3-3, SGLD as calibrated"],
            target="data",
            nbeta=30.0,
            gamma=[10.0, 10.0, 3.0],
            llc=[5.0, 5.1, 9.0],
            std_err=0.1,
            verdict="reliable",
            sampler="SGLD",
        ),
        "claim": rows(
            "claim",
            claim=["D-2", "D-5a"],
            statement="Ordered.",
            measured="yes",
            verdict=["holds", "fails"],
            figure=["truth_scatter", "digits_matched"],
        ),
    }


def write(folder, content: dict[str, pd.DataFrame]) -> None:
    write_run(folder, RUN, content, experiment="degeneracy")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with one run that has every table of the page."""
    return shared(tmp_path_factory, RUN, lambda folder: write(folder, tables()))


@pytest.fixture(scope="module")
def db(folder) -> Snapshot:
    return Snapshot(publish(folder))


@pytest.fixture
def made(folder, read):
    """That folder; the app reads it."""
    return read(folder)


def draw(db: Snapshot, name: str):
    return gallery.build(gallery.figure_named(name), partial(gallery.query, db), RUN, {})[1]


def test_errors_and_order_are_said_in_words(made):
    words = texts(seen_page("degeneracy"))
    assert "12 systems with 72–72 weights, 12 reliable; relative error 2.0 % in the median" in words
    assert "2 % at worst; rank correlation" in words
    assert "Deep linear, teacher, paper's settings" in words and "0 reliable, 1 diverged" in words
    assert "D-2" in words and "D-5a" not in words


@pytest.mark.parametrize("section", PAGE.sections)
def test_a_run_that_has_only_begun_says_so(tmp_path, monkeypatch, section):
    write(tmp_path, {"rescaling": tables()["rescaling"].head(1)})
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path))
    test = open_page("degeneracy", view=section)
    assert not test.error
    assert charts(test) or test.info


@pytest.mark.parametrize("name", [name for name, _ in PAGE.places()])
def test_figures_name_their_axes_in_every_theme(db, name):
    figure = draw(db, name)
    assert figure.data
    titles = [axis.title.text for axis in (*figure.select_xaxes(), *figure.select_yaxes())]
    assert any(titles)
    assert not [text for text in titles if text and "_" in text]
    for theme in style.SURFACES:
        assert style.dress(figure, theme).layout.template.layout.font.color


def test_sweeps_differ_in_one_thing_at_the_lowest_common_loss(db):
    rows = queries.digits_sweep(db, RUN)
    assert set(rows["train_loss"]) == {0.05}
    assert rows[rows["swept"] == "learning rate"]["value"].unique().tolist() == [0.01, 0.02, 0.04]
    assert rows[rows["swept"] == "batch size"]["value"].unique().tolist() == [32, 64, 256]


def test_optimisers_are_compared_at_the_settings_they_share(db):
    rows = queries.digits_matched(db, RUN)
    assert set(rows["setting"]) == {"SGD, rate 0.04, batch 64", "Entropy-SGD, rate 1.0, batch 64"}
    assert rows.groupby("level")["train_loss"].unique().map(list).to_dict() == {1: [0.1], 2: [0.05]}


def test_potentials_of_equal_rank_are_taken_where_all_are_reliable(db):
    rows = queries.flat_directions(db, RUN)
    potential = rows[rows["system"] == "potential"]
    assert set(potential["n"]) == {1e3}
    assert potential["llc_theory"].is_monotonic_increasing
    assert not rows["name"].str.endswith("teacher").any()


def test_what_cannot_be_drawn_is_counted(db):
    words = [note.text for note in draw(db, "truth_scatter").layout.annotations]
    assert "not drawn: 1 λ̂ ≤ 0, 1 diverged" in words
    edge = [trace for trace in draw(db, "rescaling").data if trace.text]
    assert [list(trace.text) for trace in edge] == [["200", ""]]
    assert [list(trace.marker.symbol) for trace in edge] == [["triangle-up", "x"]]


def test_coverage_counts_reliable_values_within_two_errors(db):
    summary = queries.coverage_summary(db, RUN).set_index("kind")
    whole = summary.loc["all"]
    assert (whole["trials"], whole["reliable"], whole["good"]) == (6, 5, 5)
    assert (whole["within"], whole["far"], whole["accepted"]) == (1.0, 0.2, 0.8)
    assert summary.loc["deep linear", "reliable"] == 2


def test_samplers_are_compared_at_one_gamma(db):
    """What a calibration chose has another γ, and so another λ̂."""
    rows = gallery.query(db, "agreements", RUN)
    assert rows["kind"].tolist() == ["MALA", "SGLD"] and rows["llc"].tolist() == [5.0, 5.1]
