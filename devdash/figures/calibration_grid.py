"""The grid on which ε and nβ were chosen."""

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from devdash.figures import style

TITLE = "Choice of ε and nβ: λ̂ should not depend on ε"
DATA = "calibrations"
OPTIONS = {**style.ESTIMATE}
SCALE = [[0, "#F3EFD2"], [0.25, "#F0C77A"], [0.5, "#E08A00"], [0.75, "#9178C4"], [1, "#2A62A8"]]
INK, PAPER = "#0d0f11", "#fefefe"  # fixed on coloured cells, whatever the page's own colours are
DARK_FROM = 0.65  # of the scale: text on it is pale


def draw(data) -> go.Figure:
    """data: one row per cell. Colour and bold number: λ̂, acceptance beneath; outlined: chosen.

    Columns are ε nβ, the share of what the curvature allows, since ε alone differs from row to row.
    Cells that are not reliable have no colour and say why.
    """
    grid = data[data["part"] == "grid"] if len(data) else data
    if grid.empty:
        return style.blank("No calibration is stored for this estimate.")
    columns, rows = (sorted(set(map(number, values)), key=plain) for values in (_step(grid), grid["nbeta"]))
    grid = grid.assign(
        x=[columns.index(number(s)) for s in _step(grid)], y=[rows.index(number(n)) for n in grid["nbeta"]]
    )
    known = grid.loc[grid["verdict"] == "reliable", "llc"]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    figure = go.Figure()
    for _, cell in grid.iterrows():
        share = (cell["llc"] - low) / (high - low) if high > low else 0.0
        if cell["verdict"] == "reliable":
            _fill(figure, cell, share)
        _write(figure, cell, PAPER if share > DARK_FROM else INK)
    _scale_bar(figure, low, high)
    _outline(figure, grid, data[data["chosen"] & (data["part"] != "dial")])
    _hover(figure, grid)
    plain_axis = {"showgrid": False, "zeroline": False}
    figure.update_xaxes(
        title="ε nβ",
        tickvals=list(range(len(columns))),
        ticktext=columns,
        range=[-0.55, len(columns) - 0.45],
        **plain_axis,
    )
    figure.update_yaxes(
        title="nβ",
        tickvals=list(range(len(rows))),
        ticktext=rows,
        range=[-0.55, len(rows) - 0.45],
        **plain_axis,
    )
    return figure.update_layout(showlegend=False, height=150 + 62 * len(rows), margin={"t": 20})


def _step(grid):
    return grid["epsilon"] * grid["nbeta"]


def number(value: float) -> str:
    """Three digits: 2.5·10⁻⁶ for small and large values, plain digits between."""
    digits, power = f"{value:.2e}".split("e")
    if -2 <= int(power) <= 4:
        return f"{float(f'{digits}e{power}'):g}"
    return f"{float(digits):g}·10<sup>{int(power)}</sup>".replace("-", "−")


def plain(text: str) -> float:
    """The value of what `number` wrote."""
    return float(text.replace("·10<sup>", "e").replace("</sup>", "").replace("−", "-"))


def _fill(figure: go.Figure, cell, share: float) -> None:
    """A coloured cell; drawn as a shape, so that it stays a vector in an exported file."""
    (colour,) = sample_colorscale(SCALE, share)
    figure.add_shape(
        type="rect",
        x0=cell["x"] - 0.48,
        x1=cell["x"] + 0.48,
        y0=cell["y"] - 0.48,
        y1=cell["y"] + 0.48,
        fillcolor=colour,
        line_width=0,
        layer="below",
    )


def _scale_bar(figure: go.Figure, low: float, high: float) -> None:
    marker = {"color": [low], "colorscale": SCALE, "cmin": low, "cmax": high, "showscale": True}
    bar = {"title": {"text": "λ̂"}, "thickness": 12}
    figure.add_scatter(
        x=[None], y=[None], mode="markers", hoverinfo="skip", marker=marker | {"colorbar": bar}
    )


def _write(figure: go.Figure, cell, colour: str) -> None:
    """λ̂ and acceptance in the cell; in the page's own colour where the cell is empty."""
    value = f"<b>{cell['llc']:.3g}</b>" if cell["llc"] == cell["llc"] else "–"
    acceptance = f"{cell['acceptance']:.2f}" if cell["acceptance"] == cell["acceptance"] else ""
    good = cell["verdict"] == "reliable"
    text = f"{value}<br>{acceptance}" if good else f"{value} {acceptance}<br><i>{cell['verdict']}</i>"
    font = {"size": 11} | ({"color": colour} if good else {})
    figure.add_annotation(x=cell["x"], y=cell["y"], text=text, font=font, showarrow=False)


def _outline(figure: go.Figure, grid, chosen) -> None:
    """A frame around the cell of the chosen ε and nβ, of whatever γ."""
    near = np.isclose(grid[["epsilon", "nbeta"]], chosen[["epsilon", "nbeta"]].head(1), rtol=1e-6).all(1)
    for _, cell in grid[near].iterrows() if len(chosen) else ():
        figure.add_shape(
            type="rect",
            x0=cell["x"] - 0.49,
            x1=cell["x"] + 0.49,
            y0=cell["y"] - 0.49,
            y1=cell["y"] + 0.49,
            line={"color": style.VERMILION, "width": 3},
        )


def _hover(figure: go.Figure, grid) -> None:
    """Invisible points that carry the words of each cell."""
    figure.add_scatter(
        x=grid["x"],
        y=grid["y"],
        mode="markers",
        marker={"size": 40, "opacity": 0},
        customdata=grid[["epsilon", "nbeta", "llc", "std_err", "acceptance", "drift", "verdict", "gamma"]],
        hovertemplate="ε %{customdata[0]:.3g}, nβ %{customdata[1]:.4g}, γ %{customdata[7]:.3g}<br>"
        "λ̂ = %{customdata[2]:.4g} ± %{customdata[3]:.2g}, %{customdata[6]}<br>"
        "acceptance %{customdata[4]:.2f}, drift %{customdata[5]:.2g}<extra></extra>",
    )
