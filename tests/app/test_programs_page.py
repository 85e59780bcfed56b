"""The Programs page on a smoke run: live runs of stored machines, sections, figures, hostile addresses."""

import time

import numpy as np
import pandas as pd
import pytest

from devdash import gallery
from devdash.distributions.synthesis_problems import PROBLEMS
from devdash.live.programs import program_loss
from devdash.models import turing
from devdash.store import queries
from devdash.views import programs
from tests.app.pages import drawn, open_page, seen_page, texts
from tests.conftest import run_of

SLOW = "state(A, reject) → reject"
LIVE_S = 0.3


@pytest.fixture(scope="module")
def db(smoke_db):
    return smoke_db


@pytest.fixture(scope="module")
def stored(smoke_data) -> str:
    return run_of(smoke_data, "programs")


@pytest.fixture(scope="module")
def live(db, stored):
    """(name, **values) → rows of a live computation on the stored run."""
    return lambda name, **values: gallery.query(db, name, stored, **values)


@pytest.mark.parametrize("section", programs.PAGE.sections)
def test_every_section_is_drawn_with_few_controls(smoke, section):
    test = seen_page("programs", view=section)
    assert drawn(test) == sorted(programs.PAGE.drawn(section)) and not test.error and not test.info
    controls = [*test.button_group, *test.select_slider, *test.selectbox, *test.toggle]
    assert len([box for box in controls if box.key != "run"]) <= 5


def test_the_page_says_what_an_error_costs_now(smoke):
    words = texts(open_page("programs", word="BBBA", edge=SLOW, mass="0.2"))
    assert "With **0.2** of state(A, reject) → reject, K = **" in words
    assert "on BBBA the right answer is accept" in words
    assert "K = **0** nats" in texts(open_page("programs", mass="0.0"))


@pytest.mark.parametrize("problem", PROBLEMS)
def test_live_loss_is_the_stored_one(db, stored, live, problem):
    """Along every edge that costs something the app's numpy gives what the compiled run stored."""
    edges = queries.program_edges(db, stored, problem)
    rough = edges[edges["loss"].gt(1e-12) & edges["mass"].isin([0.01, 0.5])].iloc[::7]
    for _, row in rough.iterrows():
        now = live("program_loss", problem=problem, edge=row["edge"], mass=row["mass"])
        assert now["loss"][0] == pytest.approx(row["loss"], rel=1e-9)
    (nothing,) = live("program_loss", problem=problem, mass=0.0)["loss"]
    assert nothing == 0


def test_live_tape_at_the_code_is_the_discrete_run(live):
    problem = PROBLEMS["detectA"]
    tape, states = (
        live(name, problem="detectA", word="BBA", mass=0.0) for name in ("program_tape", "program_states")
    )
    squares, numbers = turing.run_discrete(problem.machine, problem.table, "BBA", 6, half_width=6)
    certain = tape[tape["chance"] == 1].pivot(index="step", columns="square", values="symbol")
    assert (certain.to_numpy() == np.array(problem.machine.symbols)[squares]).all()
    state = states[states["chance"] == 1]["state"].to_numpy()
    assert (state == np.array(problem.machine.states)[numbers]).all()


def test_chances_add_up_on_the_way_to_a_wrong_entry(live):
    tape = live("program_tape", problem="parityCheck", edge="move(A, nextB) → Left", mass=0.3)
    assert tape.groupby(["step", "square"])["chance"].sum().to_numpy() == pytest.approx(1)
    assert tape["step"].max() == 19 and set(tape["symbol"]) == {"□", "A", "B", "X"}


def test_a_new_mass_is_computed_in_time(db, stored):
    for problem in PROBLEMS:
        started = time.process_time()
        for query in ("program_loss", "program_tape", "program_states"):
            gallery.query(db, query, stored, problem=problem, mass=0.123)
        assert time.process_time() - started < LIVE_S


def test_unknown_words_and_edges_fall_back(live):
    rows = live("program_loss", problem="detectA", word="ABBA" * 5, edge="none", mass=0.1)
    assert (rows["word"][0], rows["edge"][0]) == ("BBBA", SLOW)
    assert live("program_loss", problem="none").empty


def test_orders_of_every_setting_are_stored(db, stored):
    rows = queries.program_orders(db, stored, "detectA").set_index(["longest", "steps", "edge"])["vanishing"]
    vanishing = [rows[3, steps, SLOW] for steps in (3, 4, 5)] + [rows[4, 6, SLOW]]
    assert vanishing == pytest.approx([1, 2, 4, 4], abs=0.05)
    problems = queries.program_problems(db, stored).set_index("problem")
    assert problems.loc["detectA", ["longest", "steps", "edges", "flat"]].tolist() == [4, 6, 30, 23]
    assert problems.loc["parityCheck", "edges"] == 240


@pytest.mark.parametrize("part", programs.PARTS)
def test_draws_lie_on_their_simplices(db, stored, part):
    rows = queries.program_draws(db, stored, "detectA", part, 10_000.0)
    assert rows["place"].nunique() == 6 and set(rows["start"]) == {"code", "prior"}
    sides = rows[["first", "second", "third"]]
    assert sides.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
    assert sides.min().min() >= 0
    module = gallery.figure_named("program_simplices")
    frames = {"draws": rows, "codes": queries.program_codes(db, stored)}
    kinds = {trace.type for trace in module.draw(frames, part).data}
    assert kinds == ({"scatter"} if part == "state" else {"scatterternary"})


def test_reported_values_are_marked_unverified(db, stored):
    rows = queries.program_reported(db, stored)
    assert set(rows.loc[rows["reported"], "verdict"]) == {"reported (unverified)"}
    module = gallery.figure_named("program_reported")
    names = [trace.name for trace in module.draw(rows).data]
    assert "reported (unverified)" in names
    claims = queries.claims(db, stored)
    paper = claims[claims["claim"].str.startswith("P-7")]["published"]
    assert paper.str.contains("reported (unverified)", regex=False).all()


def test_exact_claims_hold_and_short_chains_decide_nothing_they_should_not(db, stored):
    claims = queries.claims(db, stored).set_index("claim")["verdict"]
    assert claims[["P-1", "P-2", "P-3", "P-4"]].eq("holds").all()
    llc = queries.program_reported(db, stored)
    unsure = llc[(llc["problem"] == "parityCheck") & ~llc["reported"]]["verdict"]
    if (unsure != "reliable").any():
        assert claims["P-7 (parityCheck, size)"] == "undecided"


def test_figures_say_why_they_are_empty():
    for name, _ in programs.PAGE.places():
        module = gallery.figure_named(name)
        frames = {key: pd.DataFrame() for key in gallery.sources(module)}
        figure = gallery.draw(module, frames, module.OPTIONS)
        assert not figure.data and figure.layout.annotations[0].text


def test_without_the_code_of_a_problem_the_page_says_so(data):
    (data / "runs" / run_of(data, "programs") / "program_code.parquet").unlink()
    test = open_page("programs", view="run")
    assert ["is not stored whole in this run" in info.value for info in test.info] == [
        True
    ] and not test.error


COLUMNS = {
    "program_codes": ("symbol", "state", "write", "next_state", "move"),
    "program_words": ("word", "answer"),
    "program_live_edges": ("part", "place", "entry"),
}
WRONG = [
    (source, column, value)
    for source, columns in COLUMNS.items()
    for column in columns
    for value in (None, -1 if column in ("place", "entry") else "<b>")
]


@pytest.mark.parametrize(("source", "column", "value"), WRONG)
def test_rows_that_make_no_program_are_not_run(db, stored, source, column, value):
    def fetch(name: str, run: str, **options) -> pd.DataFrame:
        rows = gallery.query(db, name, run, **options)
        if name == source:
            kept = rows[column].astype(object)
            rows[column] = kept.where(np.arange(len(rows)) % 2 == 1, value)
        return rows

    assert program_loss(fetch, stored).empty
