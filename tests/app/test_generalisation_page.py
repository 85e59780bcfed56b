"""The Generalisation page and its figures, on a made run whose numbers are known."""

from functools import partial

import numpy as np
import pandas as pd
import pytest

from devdash import gallery
from devdash.figures import style
from devdash.store import queries
from devdash.store.snapshot import Snapshot, publish
from devdash.views.generalisation import PAGE
from tests.app.conftest import shared
from tests.app.made import frame as rows
from tests.app.made import write_run
from tests.app.pages import charts, drawn, notes, open_page, seen_page, texts

RUN, SIZES, TEMPERATURES = "made", (200.0, 1000.0), (5.0, 6.0, 7.0)
RANK, NETWORK = "4-3-4, r = 1", "ReLU head, 1 feature layer"


def errors() -> pd.DataFrame:
    """Bayes 6/n, MAP 8/n, Laplace not finite in one of three data sets."""
    return pd.concat(
        [
            rows(
                "generalisation_error",
                family=family,
                name=name,
                method=method,
                n=n,
                repeat=range(3),
                value=[c / n * factor for factor in (0.9, 1.0, np.nan if method == "Laplace" else 1.1)],
            )
            for family, name in (("reduced rank", RANK), ("frozen features", NETWORK))
            for method, c in (("Bayes", 6.0), ("MAP", 8.0), ("Laplace", 900.0))
            for n in SIZES
        ]
    )


def tempered() -> pd.DataFrame:
    def line(family, name, sampler, slope, dataset=0, **more):
        energy = [1 + slope * t for t in TEMPERATURES]
        return rows(
            "tempered",
            family=family,
            name=name,
            n=1000.0,
            dataset=dataset,
            sampler=sampler,
            temperature=TEMPERATURES,
            energy=energy,
            **more,
        )

    chains = [
        line("m-gon", "5-gon", "HMC", s, chain=k, rhat=1.8, acceptance=0.9)
        for k, s in enumerate((4.0, -2.5, 0.5))
    ]
    populations = [line("m-gon", "5-gon", "annealed", 5.0 + 0.1 * k, k) for k in range(2)]
    return pd.concat(
        [
            *(line("reduced rank", RANK, "Gibbs", 6.0 + 0.1 * k, k, rhat=1.0) for k in (-1, 0, 1)),
            *chains,
            *populations,
        ]
    )


def tables() -> dict[str, pd.DataFrame]:
    slope = {"std_err": 0.05, "datasets": 3, "verdict": "reliable"}
    fit = {"name": [RANK] * 3 + [NETWORK] * 3, "method": ["Bayes", "MAP", "Laplace"] * 2}
    return {
        "generalisation_error": errors(),
        "tempered": tempered(),
        "tempered_slope": pd.concat(
            [
                rows(
                    "tempered_slope",
                    family="reduced rank",
                    name=[RANK],
                    n=1000.0,
                    weights=24,
                    llc_theory=6.0,
                    multiplicity=1,
                    slope=6.0,
                    **slope,
                ),
                rows(
                    "tempered_slope",
                    family="tanh",
                    name=["H = 1"] * 2 + ["H = 4"] * 2,
                    n=[1e3, 1e5] * 2,
                    weights=[2, 2, 8, 8],
                    llc_theory=[0.5, 0.5, 1, 1],
                    multiplicity=2,
                    slope=[0.38, 0.42, 0.6, 0.8],
                    **slope,
                ),
            ]
        ),
        "generalisation_fit": rows(
            "generalisation_fit",
            family=["reduced rank"] * 3 + ["frozen features"] * 3,
            **fit,
            std_err=0.2,
            weights=[24] * 3 + [18] * 3,
            llc_theory=[6.0] * 3 + [np.nan] * 3,
            coefficient=[6.0, 8.0, np.nan] * 2,
            reported=[np.nan] * 3 + [3.12, 5.34, 1121],
        ),
    }


def write(folder, content: dict[str, pd.DataFrame]) -> None:
    write_run(folder, RUN, content, experiment="generalisation")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with that run."""
    return shared(tmp_path_factory, "generalisation-test", lambda folder: write(folder, tables()))


@pytest.fixture
def made(folder, read):
    """That folder; the app reads it."""
    return read(folder)


@pytest.fixture(scope="module")
def db(folder) -> Snapshot:
    return Snapshot(publish(folder))


def figure_of(db: Snapshot, name: str, **options):
    return gallery.build(gallery.figure_named(name), partial(gallery.query, db), RUN, options)[1]


@pytest.mark.parametrize("section", PAGE.sections)
def test_every_section_is_drawn(made, section):
    test = seen_page("generalisation", view=section)
    assert drawn(test) == sorted(PAGE.drawn(section)) and not test.error and not test.info
    assert len(test.button_group) <= 5


def test_it_opens_on_what_was_found(made):
    said = texts(seen_page("generalisation"))
    assert f"**{RANK}**, n = 1000: n·G = **6.00 ± 0.35**, λ = 6, d/2 = 12" in said


def test_networks_have_no_lambda_to_compare_with(made):
    test = open_page("generalisation", family="frozen features")
    assert charts(test) == 1 and "λ = " not in texts(test)


def test_the_caution_counts_negative_slopes(made):
    test = seen_page("generalisation", view="caution")
    assert "1 of 3 short chains on one 5-gon network give a negative slope" in test.warning[0].value
    assert "1.80" in test.warning[0].value


@pytest.mark.parametrize("section", PAGE.sections)
def test_a_run_that_has_only_begun_says_so(tmp_path, monkeypatch, section):
    write(tmp_path, {"failure": rows("failure", task=["a"], message="b")})
    monkeypatch.setenv("DEVDASH_DATA", str(tmp_path))
    test = open_page("generalisation", view=section)
    assert not test.error and (charts(test) or test.info)


def test_means_are_over_data_sets_and_a_lost_one_is_no_mean(db):
    curve = queries.generalisation_curves(db, RUN).set_index(["method", "n"])
    assert curve.loc[("Bayes", 1000.0), "scaled"] == pytest.approx(6.0)
    assert curve.loc[("Bayes", 1000.0), "scaled_err"] == pytest.approx(0.6 / np.sqrt(3))
    assert np.isnan(curve.loc[("Laplace", 200.0), "value"]) and curve.loc[("Laplace", 200.0), "lost"] == 1


def test_curves_name_their_ends_and_guides(db):
    said = notes(figure_of(db, "generalisation_curves")).split(" | ")
    assert {"Bayes", "MAP", "λ/n", "d/(2n)", "Laplace: not finite", RANK} <= set(said)
    alone = notes(figure_of(db, "generalisation_curves", family="frozen features")).split(" | ")
    assert "λ/n" not in alone and NETWORK in alone


def test_slopes_of_chains_are_those_of_their_lines(db):
    chains = queries.tempered_chains(db, RUN).drop_duplicates(["sampler", "number"])
    single = chains[chains["sampler"] == "HMC"].sort_values("place")
    assert single["slope"].round(9).tolist() == [-2.5, 0.5, 4.0]
    assert single["intercept"].round(9).tolist() == [1.0] * 3
    figure = figure_of(db, "tempered_failure")
    assert "lowest slope of HMC chains: -2.50" in notes(figure)
    assert "annealed populations: 5.00 to 5.10" in notes(figure)


def test_slopes_stand_beside_lambda(db):
    assert {"slope 6.00 ± 0.05", "λ = 6", "d/2 = 12"} <= set(
        notes(figure_of(db, "tempered_slopes")).split(" | ")
    )
    said = notes(figure_of(db, "tanh_convergence")).split(" | ")
    assert {"<b>H = 1</b>", "<b>H = 4</b>", "λ = 0.5, m = 2", "λ = 1, m = 2"} == set(said)


def test_authors_numbers_are_hollow_and_named_unverified(db):
    figure = figure_of(db, "generalisation_authors")
    reported = [
        trace for trace in figure.data if "reported (unverified)" in trace.hovertemplate and len(trace.x)
    ]
    assert sorted(trace.x[0] for trace in reported) == [3.12, 5.34, 1121]
    assert all("open" in trace.marker.symbol for trace in reported)
    crosses = [trace for trace in figure.data if "x" in list(trace.marker.symbol)]
    assert [trace.name for trace in crosses] == ["Laplace"]


@pytest.mark.parametrize("name", [name for name, _ in PAGE.places()])
def test_figures_name_their_axes_in_every_theme(db, name):
    figure = figure_of(db, name)
    titles = [axis.title.text for axis in (*figure.select_xaxes(), *figure.select_yaxes())]
    assert any(titles) and not [text for text in titles if text and "_" in text]
    for theme in style.SURFACES:
        assert style.dress(figure, theme).layout.template.layout.font.color
