"""Bridge boards: share of episodes won by both agents over training."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import seed_marks as regression_marks
from devdash.figures import stage_marks, style
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
    figure, named = go.Figure(), {}
    for (agent, _), own in trained.groupby(["agent", "seed"]):
        colour = logic_marks.colour(agent)
        figure.add_scatter(
            x=[*own["frames"], *own["frames"][::-1]],
            y=[*own["high"], *own["low"][::-1]],
            mode="none",
            fill="toself",
            fillcolor=style.faint(colour, 0.16),
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=own["frames"],
            y=own["win_rate"],
            mode="lines+markers",
            line={"color": colour, "width": 1.8},
            marker={"size": 4, "color": colour},
            customdata=own[["model", "low", "high", "return_mean"]],
            hovertemplate="%{customdata[0]}, %{x:,} actions: %{y:.3f} (%{customdata[1]:.3f}–"
            "%{customdata[2]:.3f})<br>mean return %{customdata[3]:.2f}<extra></extra>",
        )
    for agent, own in trained.groupby("agent"):
        ends = own[own["frames"] == own.groupby("seed")["frames"].transform("max")]
        named[logic_marks.name(agent)] = (ends["win_rate"].mean(), logic_marks.colour(agent))
    before = data[data["frames"] == 0]["win_rate"]
    low = min([*trained["low"], *before])
    bottom = low - 0.08 * (1 - low)
    figure.update_layout(annotations=regression_marks.ends(named, 1, 0.75 * HEIGHT_PX / (1 - bottom)))
    if len(before):
        _before(figure, float(np.mean(before)))
    stage_marks.step_axis(figure, trained["frames"], "actions taken in training")
    figure.update_yaxes(title="episodes won, 95 % interval", range=[bottom, 1.005], tickformat=".0%")
    return figure.update_layout(showlegend=False, height=HEIGHT_PX, margin={"t": 14, "r": 100})


def _before(figure: go.Figure, level: float) -> None:
    figure.add_hline(y=level, line={"color": style.GREY, "dash": "dash", "width": 1.2})
    figure.add_annotation(
        text=f"before training {level:.3f}",
        x=0,
        xref="paper",
        xanchor="left",
        xshift=4,
        y=level,
        yanchor="bottom",
        font={"color": style.GREY},
    )
