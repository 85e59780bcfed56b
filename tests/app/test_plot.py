"""What the browser gets of a figure."""

import json
from functools import partial

import numpy as np
import plotly.graph_objects as go
import pytest

from devdash import figures, gallery
from devdash.figures import marks
from devdash.ui import plot
from tests.app.made_heads import RUN, STEPS

OF_HEADS = ("head_curves", "head_timeline", "head_memory_ranks")


def content(figure: go.Figure, cursor=()) -> dict:
    return json.loads(plot.spec(figure).text(list(cursor)))


def test_figures_in_which_a_step_moves_the_cursor_alone_are_known():
    moves = {name for name, module in figures.discover().items() if gallery.only_cursor_moves(module)}
    assert {*OF_HEADS, "stage_curves", "staircases"} <= moves
    assert "metric_multiples" not in moves, "values at the step stand in it"
    assert "head_distributions" not in moves, "its query has the step"


@pytest.mark.parametrize("name", OF_HEADS)
def test_a_figure_without_a_step_and_the_cursor_are_the_figure_of_that_step(heads_db, name):
    module, fetch = gallery.figure_named(name), partial(gallery.query, heads_db)
    frames, plain = gallery.build(module, fetch, RUN, {})
    whole = gallery.draw(module, frames, module.OPTIONS | {"step": STEPS[-3]})
    cursor = marks.cursor(plot.spec(plain).axes, STEPS[-3])
    assert cursor and content(plain, cursor) == content(whole) != content(plain)


def test_a_cursor_has_no_place_before_a_log_axis_begins_or_where_nothing_is_drawn(heads_db):
    module, fetch = gallery.figure_named("head_curves"), partial(gallery.query, heads_db)
    assert marks.cursor(plot.spec(gallery.build(module, fetch, RUN, {})[1]).axes, 0) == []
    assert marks.cursor(plot.spec(figures.style.blank("nothing")).axes, 10) == []


def test_the_figure_itself_is_sent():
    figure = go.Figure(go.Scatter(x=[1, 2], y=np.array([3.0, np.nan]), customdata=[[1, "a"], [2, "b"]]))
    figure.update_layout(height=np.int64(300), shapes=[{"type": "line", "x0": np.int64(1)}])
    sent = content(figure)
    assert sent["layout"]["height"] == 300 and sent["layout"]["shapes"][0]["x0"] == 1
    assert sent == json.loads(figure.to_json())
