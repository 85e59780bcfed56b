"""Level sets of potentials in the plane, with draws of the posterior around w*."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "What the sampler sees: level sets of K and posterior draws"
DATA = {"data": "potential_levels", "draws": "potential_draws", "truths": "potentials"}
OPTIONS = {}
PER_ROW = 3
DECADES = 5  # of K below the highest value in the window: what lies lower is one colour


def draw(data) -> go.Figure:
    """data["data"]: K on a grid around w*; ["draws"]; ["truths"]: λ."""
    levels, draws = data["data"], data["draws"]
    if levels.empty:
        return style.blank("No level sets are stored for this run.")
    names = list(levels["name"].unique())
    rows, per_row = -(-len(names) // PER_ROW), min(PER_ROW, len(names))
    figure = make_subplots(
        rows=rows,
        cols=per_row,
        subplot_titles=[_title(name, data["truths"]) for name in names],
        vertical_spacing=0.34 / rows,
        horizontal_spacing=0.07,
    )
    for number, name in enumerate(names):
        place = {"row": number // per_row + 1, "col": number % per_row + 1}
        grid = levels[levels["name"] == name]
        _levels(figure, grid, **place)
        _draws(figure, draws[draws["name"] == name], grid, **place)
    figure.update_xaxes(showgrid=False, zeroline=False, nticks=5)
    figure.update_yaxes(showgrid=False, zeroline=False, nticks=5, title="")
    figure.update_xaxes(title="x", row=rows)
    figure.update_yaxes(title="y", col=1)
    return figure.update_layout(showlegend=False, height=80 + 300 * rows, margin={"t": 75})


def _title(name: str, truths) -> str:
    own = truths[(truths["name"] == name) & (truths["protocol"] == "ours")]
    return f"<b>{name.replace(' at ', '<br>at ')}</b>" + (
        f"<br>λ = {own['llc_theory'].iloc[0]:.3g}" if len(own) else ""
    )


def _levels(figure: go.Figure, own, **place) -> None:
    """Contours of log₁₀ K, one each decade; blue is deep."""
    grid = own.pivot(index="y", columns="x", values="loss")
    top = np.floor(np.log10(own["loss"].max()))
    depth = np.log10(np.maximum(grid.to_numpy(), 10.0 ** (top - DECADES - 1)))
    figure.add_contour(
        x=grid.columns,
        y=grid.index,
        z=depth,
        hoverinfo="skip",
        showscale=False,
        contours={"start": top - DECADES, "end": top, "size": 1, "coloring": "lines"},
        line={"width": 1.3},
        colorscale=[[0, style.BLUE], [1, style.GREY]],
        **place,
    )
    figure.update_xaxes(range=[own["x"].min(), own["x"].max()], **place)
    figure.update_yaxes(range=[own["y"].min(), own["y"].max()], **place)


def _draws(figure: go.Figure, own, grid, **place) -> None:
    """Draws, and w* at the centre of the grid."""
    figure.add_scatter(
        x=own["x"],
        y=own["y"],
        mode="markers",
        customdata=own[["chain", "loss"]],
        marker={"size": 3.5, "color": style.VERMILION, "opacity": 0.7},
        **place,
        hovertemplate="(%{x:.3f}, %{y:.3f}), K = %{customdata[1]:.2g}<extra>chain %{customdata[0]}</extra>",
    )
    figure.add_scatter(
        x=[(grid["x"].min() + grid["x"].max()) / 2],
        y=[(grid["y"].min() + grid["y"].max()) / 2],
        mode="markers+text",
        text=["<b>w*</b>"],
        textposition="top right",
        hoverinfo="skip",
        **place,
        marker={"size": 9, "color": "#ffffff", "line": {"width": 2, "color": "#1f2328"}},
    )
