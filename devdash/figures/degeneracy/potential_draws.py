"""Level sets of potentials in the plane, with draws of the posterior around w*."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

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
    titles = [_title(name, data["truths"]) for name in names]
    gaps = {"vertical_spacing": 0.34 / rows, "horizontal_spacing": 0.07}
    figure = make_subplots(rows=rows, cols=per_row, subplot_titles=titles, **gaps)
    for number, name in enumerate(names):
        place = {"row": number // per_row + 1, "col": number % per_row + 1}
        grid = levels[levels["name"] == name]
        figure.add_contour(**_contours(grid), **place)
        figure.add_traces(_draws(draws[draws["name"] == name], grid, number + 1))
        figure.update_xaxes(range=[grid["x"].min(), grid["x"].max()], **place)
        figure.update_yaxes(range=[grid["y"].min(), grid["y"].max()], **place)
    figure.update_xaxes(showgrid=False, zeroline=False, nticks=5, tickangle=0)
    figure.update_yaxes(showgrid=False, zeroline=False, nticks=5, title="")
    figure.update_xaxes(title="x", row=rows)
    figure.update_yaxes(title="y", col=1)
    return figure.update_layout(
        showlegend=False, height=80 + 300 * rows, margin={"t": 75}, meta={"narrowest": 110}
    )


def _title(name: str, truths) -> str:
    exact = truths[(truths["name"] == name) & (truths["protocol"] == "ours")]["llc_theory"]
    return f"<b>{name.replace(' at ', '<br>at ')}</b>" + (
        f"<br>λ = {exact.iloc[0]:.3g}" if len(exact) else ""
    )


def _contours(grid) -> dict:
    """Contours of log₁₀ K, one each decade; blue is deep."""
    table = grid.pivot(index="y", columns="x", values="loss")
    top = np.floor(np.log10(grid["loss"].max()))
    depth = np.log10(np.maximum(table.to_numpy(), 10.0 ** (top - DECADES - 1)))
    look = {"start": top - DECADES, "end": top, "size": 1, "coloring": "lines"}
    colours = {"colorscale": [[0, style.BLUE], [1, style.GREY]], "showscale": False, "line": {"width": 1.3}}
    return {
        "x": table.columns,
        "y": table.index,
        "z": depth,
        "hoverinfo": "skip",
        "contours": look,
        **colours,
    }


def _draws(draws, grid, panel: int) -> list[dict]:
    """Draws, and w* at the centre of the grid."""
    words = {"hover": "(%{x:.3f}, %{y:.3f}), K = {loss:.2g}<br>chain {chain}", "panel": panel}
    dots = {"marker": {"opacity": 0.7}, "size": 3.5}
    centre = [[(grid[axis].min() + grid[axis].max()) / 2] for axis in ("x", "y")]
    ring = {"color": "#ffffff", "line": {"width": 2, "color": "#1f2328"}}
    star = marks.points(draws, *centre, "#ffffff", size=9, marker=ring, panel=panel)
    name = {"mode": "markers+text", "text": ["<b>w*</b>"], "textposition": "top right"}
    return [marks.points(draws, "x", "y", style.VERMILION, **dots, **words), star | name]
