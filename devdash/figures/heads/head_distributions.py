"""λ̂ of every attention head on every kind of data, as a table of colours."""

import plotly.graph_objects as go

from devdash.figures import colour_scale, marks, style
from devdash.figures.heads.head_curves import names, short
from devdash.verdicts import is_reliable

TITLE = "Heads specialise: λ̂ by head and kind of text"
DATA = {"cells": "head_distributions", "groups": "head_groups"}
OPTIONS = {"step": None, "method": None, "normalisation": None, "head": None}
ROW_PX = 35


HOVER = "{head} on {distribution}, step {step:,}<br>λ̂ = {llc:.2f} ± {std_err:.2f}, {verdict}{more}"


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
    places = {"x": cells["distribution"].map(columns.index), "y": cells["head"].map(rows.index)}
    cells = cells.assign(share=share, more=marks.regime_lines(cells), **places)
    sure, unsure = cells[is_reliable(cells)], cells[~is_reliable(cells)]
    inks = [colour_scale.ink(part) for part in sure["share"]]
    bar = colour_scale.bar(low, high, "λ̂")
    figure = go.Figure([_words(sure, "{}", inks), _words(unsure, "({})", None), bar])
    shapes = [
        marks.cell(x, y, colour, (0.49, 0.47))
        for x, y, colour in zip(sure["x"], sure["y"], colour_scale.colours(sure["share"]), strict=True)
    ]
    if head in rows:
        y = rows.index(head)
        frame = {"color": style.VERMILION, "width": 2.5}
        shapes.append(marks.box(-0.5, len(columns) - 0.5, y - 0.49, y + 0.49, frame=frame))
    figure.update_layout(shapes=shapes)
    kinds, title = _columns(columns, cells.drop_duplicates("distribution")["step"].tolist())
    title = "; ".join(filter(None, [title, marks.regime_words(cells)]))
    plain = {"showgrid": False, "zeroline": False, "ticks": "", "showline": False}
    ticks = {"tickvals": list(range(len(columns))), "ticktext": kinds, "side": "top"}
    figure.update_xaxes(range=[-0.53, len(columns) - 0.47], title=title, **ticks, **plain)
    marks.row_axis(figure, [_name(row, named, row == head) for row in rows])
    figure.update_yaxes(range=[len(rows) - 0.47, -0.53], title="head", **plain)
    size = {"height": 90 + ROW_PX * len(rows), "margin": {"t": 65, "b": 12}}
    return figure.update_layout(showlegend=False, hovermode="closest", **size)


def _columns(kinds: list[str], steps: list[int]) -> tuple[list[str], str]:
    """Names of the columns and their title; the step stands in the title where all have the same."""
    if len(set(steps)) == 1:
        return kinds, f"kind of text, step {steps[0]:,}"
    return [f"{kind}<br>{step:,}" for kind, step in zip(kinds, steps, strict=True)], "kind of text, step"


def _name(head: str, named: dict, chosen: bool) -> str:
    text = f"{marks.coloured('●', named[head][1])} {short(head)}"
    return f"<b>{text}</b>" if chosen else text


def _words(cells, form: str, colours: list[str] | None) -> dict:
    """λ̂ in the cells; in the page's colour and in brackets where there is no colour."""
    text = [form.format(f"{llc:.2f}") for llc in cells["llc"]]
    look = {"text": text, "textposition": "middle center", "textfont": {"size": 11, "color": colours}}
    hidden = {"size": 28, "opacity": 0}
    points = marks.points(cells, "x", "y", style.CLEAR, marker=hidden, hover=HOVER)
    return points | {"mode": "markers+text", "unselected": {"textfont": {"color": None}}, **look}
