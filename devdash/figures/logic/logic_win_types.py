"""Bridge boards: share of episodes won of every puzzle type, at the end of training."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.logic import marks as logic_marks

TITLE = "Which puzzles are solved"
DATA = "win_types"
OPTIONS = {}
ROW_PX = 25


def draw(data) -> go.Figure:
    """data: share won of each type by each agent over its trainings, with Wilson's 95 % interval."""
    if data.empty:
        return style.blank("No evaluation of an agent on boards is stored for this run.")
    names = [_type(row) for row in data.to_dict("records")]
    types = list(dict.fromkeys(names))
    data = data.assign(place=[types.index(name) for name in names])
    agents, figure = logic_marks.ordered(data["agent"]), go.Figure()
    hover = "%{x:.3f} ({low:.3f}–{high:.3f}): {wins:,} of {n:,} episodes"
    for number, agent in enumerate(agents):
        rows, colour = data[data["agent"] == agent], logic_marks.colour(agent)
        y = rows["place"] + 0.3 * (number - (len(agents) - 1) / 2)
        words = {"size": 7, "across": True, "hover": hover, "name": logic_marks.name(agent)}
        figure.add_traces(marks.points(rows, "win_rate", y, colour, ("low", "high"), **words))
    bounds = [min(data["low"].min(), 0.5) - 0.03, 1.02]
    figure.update_xaxes(title="episodes won, 95 % interval", range=bounds, zeroline=False, tickformat=".0%")
    marks.row_axis(figure, types)
    return figure.update_layout(height=130 + ROW_PX * len(types), margin={"t": 40})


def _type(row) -> str:
    """'L = 2, bridge 1 → 3'; without a bridge no play loses."""
    if not row["bridge"]:
        return f"L = {row['length']}, no bridge"
    return f"L = {row['length']}, bridge {row['source']:.0f} → {row['target']:.0f}"
