"""The columns of W in the hidden plane at one epoch, and the bias of each feature."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "Columns of W and biases"
DATA = "polygons"
OPTIONS = {"path": None, "step": None}
LIVE_LENGTH = 0.1


def draw(data, step=None) -> go.Figure:
    """data: columns and biases at every epoch; step: which epoch (default: the last)."""
    if data.empty:
        return style.blank("This run has no polygon to show.")
    known = data["step"].unique()
    step = known[-1] if step not in known else step
    now = data[data["step"] == step]
    figure = make_subplots(rows=2, row_heights=[0.7, 0.3], vertical_spacing=0.13)
    reach = 1.15 * max(1.0, np.hypot(data["x"], data["y"]).max())
    add_columns(figure, now, row=1, col=1)
    _biases(figure, now)
    figure.update_xaxes(range=[-reach, reach], title="first hidden dimension", row=1, col=1)
    figure.update_yaxes(range=[-reach, reach], title="second hidden dimension", scaleanchor="x", row=1, col=1)
    figure.update_xaxes(title="feature", dtick=1, row=2, col=1)
    bias = 1.1 * data["bias"].abs().max()
    figure.update_yaxes(title="bias", range=[-bias, bias], row=2, col=1)
    text = f"epoch {step}: {now['kgon'].iloc[0]}-gon, L = {now['test_loss'].iloc[0]:.5f}"
    figure.add_annotation(
        text=text, x=0, y=1.02, xref="paper", yref="paper", yanchor="bottom", xanchor="left"
    )
    return figure.update_layout(showlegend=False, height=520)


def add_columns(figure: go.Figure, now, **place) -> None:
    """Arrows to the columns of W, the outline of the live ones; dead columns as hollow diamonds."""
    length = np.hypot(now["x"], now["y"])
    live, dead = now[length > LIVE_LENGTH], now[length <= LIVE_LENGTH]
    colour = style.kgon_colour(now["kgon"].iloc[0])
    around = live.iloc[np.argsort(np.arctan2(live["y"], live["x"]))]
    if len(around):
        closed = [*around.index, around.index[0]]
        figure.add_scatter(
            x=now["x"][closed],
            y=now["y"][closed],
            mode="lines",
            fill="toself",
            hoverinfo="skip",
            line={"color": colour, "width": 1.5},
            fillcolor=style.faint(colour, 0.15),
            **place,
        )
    spokes = {"x": [], "y": []}
    for _, column in live.iterrows():
        spokes["x"] += [0, column["x"], None]
        spokes["y"] += [0, column["y"], None]
    figure.add_scatter(
        **spokes, mode="lines", line={"color": style.GREY, "width": 1}, hoverinfo="skip", **place
    )
    for part, symbol, size in ((live, "circle", 9), (dead, "diamond-open", 10)):
        figure.add_scatter(
            x=part["x"],
            y=part["y"],
            mode="markers",
            customdata=part[["feature", "bias"]],
            marker={"symbol": symbol, "size": size, "color": colour},
            hovertemplate="feature %{customdata[0]}: (%{x:.3f}, %{y:.3f})<br>"
            "bias %{customdata[1]:.3f}<extra></extra>",
            **place,
        )


def _biases(figure: go.Figure, now) -> None:
    colour = style.kgon_colour(now["kgon"].iloc[0])
    dead = np.hypot(now["x"], now["y"]) <= LIVE_LENGTH
    figure.add_bar(
        x=now["feature"],
        y=now["bias"],
        row=2,
        col=1,
        marker={
            "color": [style.CLEAR if d else colour for d in dead],
            "line": {"color": colour, "width": 1.5},
        },
        hovertemplate="feature %{x}: bias %{y:.3f}<extra></extra>",
    )
    if dead.any():
        figure.add_annotation(
            text="hollow: dead column",
            x=1,
            y=1,
            xref="x2 domain",
            yref="y2 domain",
            xanchor="right",
            yanchor="bottom",
        )
