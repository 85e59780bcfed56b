"""λ̂ of every attention head in a panel each, layers side by side."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.heads.head_curves import WHAT, curve_points, names, short
from devdash.verdicts import is_reliable

TITLE = "Each head by itself, beside the mean of all"
DATA = {"llc": "head_llc", "groups": "head_groups", "stages": "head_stages"}
OPTIONS = {"distribution": "all", "target": "data", "method": None, "normalisation": None, "head": None}
PANEL_PX, GAP_PX = 62, 9


def draw(data, method=None, head=None) -> go.Figure:
    """data, method and head: those of head_curves. Columns: layers; grey: the mean of all heads."""
    llc, stages = data["llc"], data["stages"]
    llc = llc[llc["step"] > 0]
    if llc.empty:
        return style.blank("No λ̂ of heads is stored for this choice.")
    named = names(data["groups"], method is not None)
    layers, numbers = sorted(llc["layer"].unique()), sorted(llc["number"].unique())
    rows = len(numbers)
    height = rows * PANEL_PX + (rows - 1) * GAP_PX
    gaps = {"horizontal_spacing": 0.03, "vertical_spacing": GAP_PX / height if rows > 1 else 0}
    figure = make_subplots(rows, len(layers), shared_xaxes="all", shared_yaxes="all", **gaps)
    mean = llc[is_reliable(llc)].groupby("step")["llc"].mean()
    bounds = style.span(llc)
    traces, shapes, notes = [], [], []
    for name, curve in llc.groupby("head", sort=False):
        layer, number = curve[["layer", "number"]].iloc[0]
        panel = 1 + numbers.index(number) * len(layers) + layers.index(layer)
        group, colour = named[name]
        traces += _panel(curve, mean, group, colour, panel)
        traces += marks.beyond(curve, "step", "llc", bounds, colour, panel)
        shapes += marks.stage_shapes(stages, llc["step"], panel)
        shapes += [_outline(panel)] if name == head else []
        words = f"<b>{short(name)}</b>  {group}"
        notes.append(marks.note(words, "top left", panel, right=3, colour=colour, size=11))
    figure.add_traces(traces)
    marks.step_axis(figure, llc["step"], title="")
    for column in range(1, len(layers) + 1):
        figure.update_xaxes(title="training step", row=rows, col=column)
    figure.update_yaxes(range=bounds, nticks=4, title="")
    figure.update_yaxes(title=marks.llc_title(llc, WHAT, settings=True), row=1 + rows // 2, col=1)
    figure.update_layout(shapes=shapes, annotations=notes, showlegend=False, hovermode="closest")
    return figure.update_layout(height=height + 65, margin={"t": 12, "r": 10})


def _panel(curve, mean, group: str, colour: str, panel: int) -> list[dict]:
    """The mean of all heads in grey, a head's reliable estimates as a line, all of them with errors."""
    return [
        marks.line(None, mean.index, mean, style.GREY, 1, panel=panel),
        marks.line(curve[is_reliable(curve)], "step", "llc", colour, 1.5, panel=panel),
        curve_points(curve, group, colour, size=3.5, panel=panel),
    ]


def _outline(panel: int) -> dict:
    frame = marks.box(0, 1, 0, 1, frame={"color": style.VERMILION, "width": 2.5})
    return frame | {f"{letter}ref": f"{marks.axis(letter, panel)} domain" for letter in "xy"}
