"""Every figure of λ̂ says when it is no learning coefficient but a curvature, on real runs."""

import inspect

import pytest

from devdash import gallery
from devdash.figures import discover
from devdash.store import queries
from devdash.store.snapshot import Snapshot
from tests.app.pages import fetch_once
from tests.conftest import EXPERIMENTS, run_of

WORDS = "curvature: nβ tr H / 2γ"
FIGURES = {
    name: module
    for name, module in discover().items()
    if not hasattr(module, "NEEDS") and set(gallery.sources(module).values()) <= set(queries.QUERIES)
}


@pytest.fixture(scope="module")
def runs(smoke_data) -> list[str]:
    return [run_of(smoke_data, experiment) for experiment in EXPERIMENTS]


def frames_of(db: Snapshot, run: str, module) -> dict:
    """The rows behind a figure with its default options."""
    frames = {}
    for name, source in gallery.sources(module).items():
        parameters = inspect.signature(queries.QUERIES[source]).parameters
        options = {key: value for key, value in module.OPTIONS.items() if key in parameters}
        frames[name] = fetch_once(db)(source, run, **options)
    return frames


def titles(figure) -> str:
    axes = [*figure.select_xaxes(), *figure.select_yaxes()]
    return " ".join(axis.title.text or "" for axis in axes)


@pytest.mark.parametrize("name", FIGURES)
def test_an_axis_of_llc_says_when_it_is_a_curvature(smoke_db, runs, name):
    module = FIGURES[name]
    for run in runs:
        frames = frames_of(smoke_db, run, module)
        silent = {key: frame.drop(columns="regime_word", errors="ignore") for key, frame in frames.items()}
        plain = titles(gallery.draw(module, silent, module.OPTIONS))
        assert WORDS not in plain
        if "λ̂" in plain:
            marked = {key: frame.assign(regime_word="curvature") for key, frame in frames.items()}
            assert WORDS in titles(gallery.draw(module, marked, module.OPTIONS))
