"""Match3: accuracy of every agent and seed at the end of training, with the controls."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.logic import marks as logic_marks

TITLE = "Is it the weights on pairs? Accuracy at the end, with two controls"
DATA = "match3_ends"
OPTIONS = {}
AFTERWARDS = "2-simplicial, pairs made<br>uniform after training"


def draw(data) -> go.Figure:
    """data: accuracy of each seed at its last step; dashed: of saying yes to every entity."""
    if data.empty:
        return style.blank("No accuracy of an agent on Match3 is stored for this run.")
    rows = []
    for agent in logic_marks.ordered(data["agent"]):
        ends = data[data["agent"] == agent]
        rows.append((_words(agent, ends), ends[~ends["afterwards"]], logic_marks.colour(agent)))
        if ends["afterwards"].any():
            rows.append((AFTERWARDS, ends[ends["afterwards"]], logic_marks.colour("uniform pairs")))
    figure, hover = go.Figure(), "{model}: %{x:.4f} ± {std_err:.4f}, step {step:,}"
    for place, (_, ends, colour) in enumerate(rows):
        y = [place + 0.16 * (number - (len(ends) - 1) / 2) for number in range(len(ends))]
        look = {"size": 8, "across": True, "hover": hover}
        figure.add_traces(marks.points(ends, "value", y, colour, "std_err", **look))
    chance = data["chance"].iloc[0]
    figure.add_shape(marks.upright(chance))
    name = marks.tag(f"saying yes to all, {chance:.3f}", chance, 1, style.GREY, "above right")
    figure.add_annotation(name | {"yref": "paper"})
    bounds = [min(chance, data["value"].min()) - 0.03, 1.02]
    title = "accuracy over entities, each seed, 95 % interval"
    figure.update_xaxes(title=title, range=bounds, zeroline=False, tickformat=".0%")
    marks.row_axis(figure, [words for words, _, _ in rows], showgrid=False)
    return figure.update_layout(showlegend=False, height=110 + 48 * len(rows), margin={"t": 34})


def _words(agent: str, ends) -> str:
    weights = ends["weights"].iloc[0]
    number = f"<br>{weights:,.0f} weights" if weights == weights else ""
    return logic_marks.name(agent) + number
