"""The logic page on the smoke run, and on tables whose contents are known."""

from functools import partial

import pandas as pd
import pytest

from devdash import gallery
from devdash.figures import style
from devdash.figures.logic import (
    logic_board,
    logic_control,
    logic_learning,
    logic_pairs,
    logic_win_types,
    logic_wins,
)
from devdash.store import queries
from devdash.views import logic
from tests.app.pages import charts, notes, open_page, seen_page
from tests.conftest import run_of

FIGURES = [name for name, _ in logic.PAGE.places()]


@pytest.fixture(scope="module")
def frames_of(smoke_db, smoke_data):
    """(figure, **options) → what it is drawn from."""
    run = run_of(smoke_data, "logic")
    return lambda module, **options: gallery.build(module, partial(gallery.query, smoke_db), run, options)[0]


def test_at_most_five_controls_are_in_sight(smoke):
    test = seen_page("logic", view="episode")
    assert charts(test) == 2 and not test.error and not test.info
    buttons = [button for button in test.button if button.key == "board_step button"]
    controls = [*test.button_group, *test.select_slider, *test.toggle, *buttons]
    assert len(controls) + len([box for box in test.selectbox if box.key != "run"]) == 5


def test_address_restores_the_episode(smoke, smoke_db):
    episodes = queries.board_episodes(smoke_db, run_of(smoke, "logic"))
    longest = episodes.sort_values("steps").iloc[-1]
    name = f"{longest['agent']}-{longest['episode']}"
    test = open_page("logic", view="episode", episode=name, head="1.0", board_step="1")
    assert test.selectbox(key="episode").value == name and test.selectbox(key="head").value == "1.0"
    assert test.session_state["board_step"] == 1


def test_findings_state_the_measured_sign():
    row = {"frames": 1000, "trainings": 2, "episodes": 8000, "lowest": 0.9, "highest": 0.95}
    ends = pd.DataFrame(
        [
            row | {"agent": "relational", "win_rate": 0.94, "lowest": 0.93},
            row | {"agent": "simplicial", "win_rate": 0.91, "highest": 0.92},
        ]
    )
    findings = logic.board_findings(ends)
    assert "**−0.030 ± 0.008**" in findings and "is behind" in findings and "do not overlap" in findings
    turned = ends.assign(agent=["simplicial", "relational"])
    assert "is ahead" in logic.board_findings(turned)
    assert "do not tell them apart" in logic.board_findings(ends.assign(win_rate=0.93))
    alone = logic.board_findings(ends.iloc[:1])
    assert "Difference" not in alone and "**0.940**" in alone


def test_match3_findings_are_means_over_seeds_without_the_control_after_training():
    ends = pd.DataFrame(
        [
            {"agent": agent, "afterwards": after, "value": value}
            for agent, after, value in (
                ("2-simplicial", False, 0.99),
                ("2-simplicial", False, 1.0),
                ("2-simplicial", True, 0.5),
                ("relational", False, 0.88),
                ("relational", False, 0.9),
                ("relational, 2 blocks", False, 0.999),
            )
        ]
    )
    findings = logic.match3_findings(ends)
    assert "2-simplicial **0.995**" in findings and "**+0.105**" in findings and "**−0.004**" in findings
    assert "mean over 2 seeds" in findings and "Accuracy" in logic.match3_findings(ends.iloc[:3])


def test_wilson_intervals_are_those_of_a_library(smoke_db, smoke_data):
    from scipy.stats import binomtest

    types = queries.win_types(smoke_db, run_of(smoke_data, "logic"))
    assert {"relational", "simplicial"} == set(types["agent"]) and types["length"].nunique() == 3
    for row in types.to_dict("records"):
        wanted = binomtest(int(row["wins"]), int(row["n"])).proportion_ci(0.95, "wilson")
        assert (row["low"], row["high"]) == pytest.approx((wanted.low, wanted.high), abs=1e-4)


def test_learning_names_every_agent_in_both_panels(frames_of):
    data = frames_of(logic_learning)
    figure = logic_learning.draw(data)
    assert notes(figure).split(" | ").count("2-simplicial") == 2 and "4 heads" in notes(figure)
    assert "nβ = " in figure.layout.yaxis2.title.text and figure.layout.xaxis.type == "log"
    (points,) = [trace for trace in figure.data if trace.error_y.array is not None]
    hollow = [colour == style.CLEAR for colour in points.marker.color]
    assert hollow == (data["llc"].query("step > 0")["verdict"] != "reliable").tolist()
    only = logic_learning.draw(data | {"llc": data["llc"].iloc[:0]})
    assert only.data and "yaxis2" not in only.layout


def test_control_shows_each_seed_of_each_agent_and_the_majority(frames_of):
    data = frames_of(logic_control)["data"]
    figure = logic_control.draw(data)
    assert sum(len(trace.x) for trace in figure.data) == len(data) == 12
    assert len(figure.data) == 6 and figure.layout.shapes[0].x0 == data["chance"].iloc[0]


def test_wins_and_types_show_both_agents(frames_of):
    figure = logic_wins.draw(frames_of(logic_wins)["data"])
    assert {"2-simplicial", "relational"} <= set(notes(figure).split(" | "))
    assert "before training" in notes(figure)
    data = frames_of(logic_win_types)["data"]
    figure = logic_win_types.draw(data)
    assert len(figure.data) == 2 and "L = 1, no bridge" in figure.layout.yaxis.ticktext
    assert "L = 3, bridge 3 → 6" in figure.layout.yaxis.ticktext or len(data) < 34


def test_board_draws_the_attention_of_one_thing(frames_of):
    data = frames_of(logic_board)
    weights = data["attention"]
    sums = weights.groupby("query")["weight"].sum()
    assert sums.to_numpy() == pytest.approx(1, abs=1e-5)
    things = data["things"]
    taken = int(things[things["chosen"]]["entity"].iloc[0])
    attended = weights[(weights["query"] == taken) & (weights["weight"] >= logic_board.LEAST)]
    figure = logic_board.draw(data)
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert len(lines) == len(attended[attended["key"] != taken])
    assert "step 0: takes the" in notes(figure) and "block 1, head 1" in notes(figure)
    other = int(next(query for query in sums.index if query != taken))
    assert logic_board.draw(data, query=other).data[-2].marker.size != figure.data[-2].marker.size
    assert logic_board.draw(data, query=999).data[-2].marker.size == figure.data[-2].marker.size


def test_pairs_are_one_row_for_each_thing_and_sum_to_one(frames_of):
    data = frames_of(logic_pairs)
    sums = data["pairs"].groupby(["block", "query"])["weight"].sum()
    assert sums.to_numpy() == pytest.approx(1, abs=1e-5)
    things = data["things"].query("kind != 'player'")
    figure = logic_pairs.draw(data, query=int(things["entity"].iloc[0]))
    assert len(figure.layout.yaxis.ticktext) == len(things)
    assert len(figure.layout.shapes) == len(data["pairs"]) + 1
    relational = logic_pairs.draw(frames_of(logic_pairs, agent="relational"))
    assert not relational.data and "no weights on pairs" in notes(relational)


@pytest.mark.parametrize("name", FIGURES)
def test_empty_tables_say_why(frames_of, name):
    module = gallery.figure_named(name)
    none = {key: frame.iloc[:0] for key, frame in frames_of(module).items()}
    figure = gallery.draw(module, none, module.OPTIONS)
    assert not figure.data and notes(figure)
