"""Bridge boards: share of episodes won of every puzzle type, at the end of training."""

import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.logic import marks as logic_marks

TITLE = "Which puzzles are solved"
DATA = "win_types"
OPTIONS = {}
ROW_PX = 25


def draw(data) -> go.Figure:
    """data: share won of each type by each agent over its trainings, with Wilson's 95 % interval."""
    if data.empty:
        return style.blank("No evaluation of an agent on boards is stored for this run.")
    types = {}
    for row in data.to_dict("records"):
        types.setdefault(_type(row), len(types))
    agents = logic_marks.ordered(data["agent"])
    figure = go.Figure()
    for number, agent in enumerate(agents):
        own, colour = data[data["agent"] == agent], logic_marks.colour(agent)
        places = [types[_type(row)] for row in own.to_dict("records")]
        figure.add_scatter(
            x=own["win_rate"],
            y=[place + 0.3 * (number - (len(agents) - 1) / 2) for place in places],
            mode="markers",
            name=logic_marks.name(agent),
            marker={"size": 7, "color": colour},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": own["high"] - own["win_rate"],
                "arrayminus": own["win_rate"] - own["low"],
                "color": colour,
                "thickness": 1.2,
                "width": 0,
            },
            customdata=own[["low", "high", "wins", "n"]],
            hovertemplate="%{x:.3f} (%{customdata[0]:.3f}–%{customdata[1]:.3f}): %{customdata[2]:,} of "
            "%{customdata[3]:,} episodes<extra>" + logic_marks.name(agent) + "</extra>",
        )
    low = min(data["low"].min(), 0.5)
    figure.update_xaxes(
        title="episodes won, 95 % interval", range=[low - 0.03, 1.02], zeroline=False, tickformat=".0%"
    )
    figure.update_yaxes(
        range=[len(types) - 0.4, -0.6],
        tickvals=list(types.values()),
        ticktext=list(types),
        title="",
        zeroline=False,
    )
    return figure.update_layout(height=130 + ROW_PX * len(types), margin={"t": 40})


def _type(row) -> str:
    """'L = 2, bridge 1 → 3'; without a bridge no play loses."""
    if not row["bridge"]:
        return f"L = {row['length']}, no bridge"
    return f"L = {row['length']}, bridge {row['source']:.0f} → {row['target']:.0f}"
