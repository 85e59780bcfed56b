"""How well λ̂, and what it is compared with, tells how much a head has memorised, over training."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.stored_names import FISHER, GAUSS_NEWTON, HESSIAN, NORM

TITLE = "What tells best how much a head has memorised, over training"
DATA = {"ranks": "head_memory_ranks", "stages": "head_stages"}
OPTIONS = {"step": None}
CURSOR = True
COLOURS = {
    "λ̂": style.BLUE,
    HESSIAN: style.VERMILION,
    FISHER: style.GREEN,
    GAUSS_NEWTON: style.ORANGE,
    NORM: style.GREY,
    "ablation effect": style.PINK,
}
PANEL_PX, WIDTH_PX = 190, 250


def draw(data) -> go.Figure:
    """data: Spearman's ρ of each measure with memorised multigrams, within each layer, at each step; stages.
    A panel for each layer. Of 8 heads |ρ| above .74 is beyond chance (p < .05)."""
    ranks, stages = data["ranks"], data["stages"]
    ranks = ranks[ranks["step"] > 0]
    if ranks.empty:
        return style.blank("No measure is stored beside memorised multigrams of two heads or more.")
    layers = sorted(ranks["layer"].unique())
    figure = make_subplots(len(layers), 1, shared_xaxes=True, vertical_spacing=0.1)
    traces, shapes, notes = [], [], []
    for panel, layer in enumerate(layers, 1):
        ends = {}
        for measure, rows in ranks[ranks["layer"] == layer].groupby("measure"):
            colour, bold = COLOURS.get(measure, style.GREY), measure == "λ̂"
            words = {"hover": "step %{x}: ρ = %{y:.2f} over {heads} heads", "about": measure, "panel": panel}
            look = {"size": 7 if bold else 4, "joined": 3 if bold else 1.3}
            traces.append(marks.points(rows, "step", "rho", colour, **look, **words))
            ends[measure] = rows["rho"].iloc[-1], colour
        shapes += [*marks.stage_shapes(stages, ranks["step"], panel), marks.level(0, panel=panel)]
        notes += marks.end_names(ends, PANEL_PX / 2.1, panel)
        notes.append(marks.note(f"layer {layer}", "bottom left", panel, right=3))
    figure.add_traces(traces)
    figure.update_layout(shapes=shapes, annotations=notes)
    above = marks.name_stages(figure, stages, ranks["step"], WIDTH_PX)
    marks.step_axes(figure, ranks["step"], len(layers))
    figure.update_yaxes(range=[-1.05, 1.05], tickvals=[-1, -0.5, 0, 0.5, 1], title="Spearman’s ρ")
    size = {"height": len(layers) * PANEL_PX + above + 90, "margin": {"t": above + 14, "r": 150}}
    return figure.update_layout(showlegend=False, hovermode="closest", **size)
