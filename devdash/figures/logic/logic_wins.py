"""Bridge boards: share of episodes won by both agents over training."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.logic import marks as logic_marks

TITLE = "Bridge boards: both agents with the same budget"
DATA = "board_curves"
OPTIONS = {}
HEIGHT_PX = 360


def draw(data) -> go.Figure:
    """data: share won by each training at each evaluation, with its 95 % interval over episodes (bands).
    Dashed: before any training."""
    trained = data[data["frames"] > 0]
    if trained.empty:
        return style.blank("No evaluation of an agent on boards is stored for this run.")
    figure, ends = go.Figure(), {}
    hover = "{model}, %{x:,} actions: %{y:.3f} ({low:.3f}–{high:.3f})<br>mean return {return_mean:.2f}"
    for (agent, _), rows in trained.groupby(["agent", "seed"]):
        colour, look = logic_marks.colour(agent), {"size": 4, "joined": 1.8, "hover": hover}
        figure.add_traces(marks.band(rows, "frames", "low", "high", colour, 0.16))
        figure.add_traces(marks.points(rows, "frames", "win_rate", colour, **look))
    for agent, rows in trained.groupby("agent"):
        last = rows[rows["frames"] == rows.groupby("seed")["frames"].transform("max")]
        ends[logic_marks.name(agent)] = (last["win_rate"].mean(), logic_marks.colour(agent))
    before = data[data["frames"] == 0]["win_rate"]
    low = min([*trained["low"], *before])
    bottom = low - 0.08 * (1 - low)
    figure.update_layout(annotations=marks.end_names(ends, 0.75 * HEIGHT_PX / (1 - bottom)))
    if len(before):
        figure.add_shape(marks.level(before.mean()))
        text = f"before training {before.mean():.3f}"
        name = marks.tag(text, 1, before.mean(), style.GREY, "below left", right=-4)
        figure.add_annotation(name | {"xref": "x domain"})
    marks.step_axis(figure, trained["frames"], "actions taken in training")
    figure.update_yaxes(title="episodes won, 95 % interval", range=[bottom, 1.005], tickformat=".0%")
    return figure.update_layout(showlegend=False, height=HEIGHT_PX, margin={"t": 14, "r": 100})
