"""λ̂ of every attention head on every kind of data, as a table of colours."""

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from devdash.figures import style
from devdash.figures.calibration_grid import DARK_FROM, INK, PAPER, SCALE
from devdash.figures.heads.head_curves import names, short

TITLE = "Heads specialise: λ̂ by head and kind of text"
DATA = {"cells": "head_distributions", "groups": "head_groups"}
OPTIONS = {"step": None, "method": None, "normalisation": None, "head": None}
ROW_PX = 35


def draw(data, method=None, head=None) -> go.Figure:
    """data: λ̂ of each head on each kind of data at one step each, heads with kind and cluster.

    Colours mean the same at all steps. Cells that are not reliable have no colour. head: outlined.
    """
    cells = data["cells"]
    if cells.empty:
        return style.blank("No λ̂ of heads by kind of text is stored for this run.")
    named = names(data["groups"], method is not None)
    rows, columns = (list(cells[name].unique()) for name in ("head", "distribution"))
    low, high = cells["low"].iloc[0], cells["high"].iloc[0]
    share = ((cells["llc"] - low) / max(high - low, 1e-9)).fillna(0).clip(0, 1)
    cells = cells.assign(
        x=cells["distribution"].map(columns.index), y=cells["head"].map(rows.index), share=share
    )
    good = cells["verdict"] == "reliable"
    figure = go.Figure()
    _write(figure, cells[good], [PAPER if part > DARK_FROM else INK for part in share[good]])
    _write(figure, cells[~good], None)
    _scale_bar(figure, low, high)
    outline = [_box(-0.5, len(columns) - 0.5, rows.index(head))] if head in rows else []
    figure.update_layout(shapes=[*_filled(cells[good]), *outline])
    kinds, title = _columns(columns, cells.drop_duplicates("distribution")["step"].tolist())
    plain = {"showgrid": False, "zeroline": False, "ticks": "", "showline": False}
    figure.update_xaxes(
        tickvals=list(range(len(columns))),
        ticktext=kinds,
        range=[-0.53, len(columns) - 0.47],
        side="top",
        tickangle=0,
        title=title,
        **plain,
    )
    figure.update_yaxes(
        tickvals=list(range(len(rows))),
        ticktext=[_name(row, named, row == head) for row in rows],
        range=[len(rows) - 0.47, -0.53],
        title="head",
        **plain,
    )
    return figure.update_layout(
        showlegend=False, height=90 + ROW_PX * len(rows), margin={"t": 65, "b": 12}, hovermode="closest"
    )


def _columns(kinds: list[str], steps: list[int]) -> tuple[list[str], str]:
    """Names of the columns and their title; the step stands in the title where all have the same."""
    if len(set(steps)) == 1:
        return kinds, f"kind of text, step {steps[0]:,}"
    return [f"{kind}<br>{step:,}" for kind, step in zip(kinds, steps, strict=True)], "kind of text, step"


def _name(head: str, named: dict, chosen: bool) -> str:
    text = f'<span style="color:{named[head][1]}">●</span> {short(head)}'
    return f"<b>{text}</b>" if chosen else text


def _filled(cells) -> list[dict]:
    """Coloured cells; as shapes, so that they stay vectors in an exported file."""
    colours = sample_colorscale(SCALE, cells["share"].tolist()) if len(cells) else []
    return [
        {
            "type": "rect",
            "x0": x - 0.49,
            "x1": x + 0.49,
            "y0": y - 0.47,
            "y1": y + 0.47,
            "layer": "below",
            "line": {"width": 0},
            "fillcolor": colour,
        }
        for x, y, colour in zip(cells["x"], cells["y"], colours, strict=True)
    ]


def _box(left: float, right: float, y: int) -> dict:
    line = {"color": style.VERMILION, "width": 2.5}
    return {"type": "rect", "x0": left, "x1": right, "y0": y - 0.49, "y1": y + 0.49, "line": line}


def _write(figure: go.Figure, cells, colours: list[str] | None) -> None:
    """λ̂ in the cells; in the page's own colour and in brackets where there is no colour."""
    form = "%{customdata[2]:.2f}" if colours is not None else "(%{customdata[2]:.2f})"
    figure.add_scatter(
        x=cells["x"],
        y=cells["y"],
        mode="markers+text",
        texttemplate=form,
        textposition="middle center",
        textfont={"size": 11, "color": colours},
        marker={"size": 28, "opacity": 0},
        unselected={"textfont": {"color": None}},
        customdata=cells[["head", "step", "llc", "std_err", "verdict", "distribution"]],
        hovertemplate="%{customdata[0]} on %{customdata[5]}, step %{customdata[1]:,}<br>"
        "λ̂ = %{customdata[2]:.2f} ± %{customdata[3]:.2f}, %{customdata[4]}<extra></extra>",
    )


def _scale_bar(figure: go.Figure, low: float, high: float) -> None:
    bar = {"title": {"text": "λ̂"}, "thickness": 12}
    marker = {"color": [low], "colorscale": SCALE, "cmin": low, "cmax": high, "showscale": True}
    figure.add_scatter(
        x=[None], y=[None], mode="markers", hoverinfo="skip", marker=marker | {"colorbar": bar}
    )
