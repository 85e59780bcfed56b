"""Match3: accuracy of every agent and seed at the end of training, with the controls."""

import plotly.graph_objects as go

from devdash.figures import style
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
        own = data[data["agent"] == agent]
        rows.append((_words(agent, own), own[~own["afterwards"]], logic_marks.colour(agent)))
        if own["afterwards"].any():
            rows.append((AFTERWARDS, own[own["afterwards"]], logic_marks.colour("uniform pairs")))
    figure = go.Figure()
    for place, (_, own, colour) in enumerate(rows):
        shifts = [place + 0.16 * (number - (len(own) - 1) / 2) for number in range(len(own))]
        figure.add_scatter(
            x=own["value"],
            y=shifts,
            mode="markers",
            marker={"size": 8, "color": colour},
            error_x={"array": 1.96 * own["std_err"], "color": colour, "thickness": 1.2, "width": 0},
            customdata=own[["model", "std_err", "step"]],
            hovertemplate="%{customdata[0]}: %{x:.4f} ± %{customdata[1]:.4f}, step %{customdata[2]:,}"
            "<extra></extra>",
        )
    chance = data["chance"].iloc[0]
    figure.add_vline(x=chance, line={"color": style.GREY, "dash": "dash", "width": 1.2})
    figure.add_annotation(
        text=f"saying yes to all, {chance:.3f}",
        x=chance,
        xanchor="left",
        y=1,
        yref="paper",
        yanchor="bottom",
        font={"color": style.GREY},
    )
    low = min(chance, data["value"].min())
    figure.update_xaxes(
        title="accuracy over entities, each seed, 95 % interval",
        range=[low - 0.03, 1.02],
        zeroline=False,
        tickformat=".0%",
    )
    ticks = {"tickvals": list(range(len(rows))), "ticktext": [words for words, _, _ in rows]}
    figure.update_yaxes(range=[len(rows) - 0.4, -0.6], title="", zeroline=False, showgrid=False, **ticks)
    return figure.update_layout(showlegend=False, height=110 + 48 * len(rows), margin={"t": 34})


def _words(agent: str, own) -> str:
    weights = own["weights"].iloc[0]
    number = f"<br>{weights:,.0f} weights" if weights == weights else ""
    return logic_marks.name(agent) + number
