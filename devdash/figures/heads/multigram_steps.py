"""Which heads carry one multigram through training: its migration from layer to layer, if there is one."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "Which heads carry the multigram, through training"
DATA = {"data": "carriers", "stages": "head_stages"}
OPTIONS = {"multigram": None}
PANEL_PX = 210
AXIS_PX = 300  # width beside a table
MOST_NAMED, NOTEWORTHY = 5, 0.25  # of a layer; a named head reaches this share of the largest effect


def draw(data) -> go.Figure:
    """data: rise in loss of the multigram's last token when a head is ablated, of every head over steps.

    A panel for each layer, the upper layer above; heads that matter in the colour of their kind.
    """
    rows, stages = data["data"], data["stages"]
    rows = rows[rows["step"] > 0].dropna(subset=["effect_nats"])
    if rows.empty:
        return style.blank("No effect of heads on multigrams is stored for this run.")
    layers = sorted(rows["layer"].unique(), reverse=True)
    figure = make_subplots(rows=len(layers), shared_xaxes=True, shared_yaxes="all", vertical_spacing=0.09)
    top = rows["effect_nats"].abs().max()
    low, high = _bounds(rows, top)
    traces, shapes, notes = [], [], []
    for panel, layer in enumerate(layers, 1):
        lines = dict(list(rows[rows["layer"] == layer].sort_values("step").groupby("component")))
        named = _named(lines, top)
        traces += [_line(line, head in named, panel) for head, line in lines.items()]
        shapes += marks.stage_shapes(stages, rows["step"], panel)
        last = {head: lines[head].iloc[-1] for head in named}
        ends = {head: (row["effect_nats"], style.kind_colour(row["kind"])) for head, row in last.items()}
        notes += marks.end_names(ends, PANEL_PX / (high - low), panel)
        notes.append(marks.note(f"layer {layer}", "top left", panel, right=3))
    figure.add_traces(traces)
    figure.update_layout(shapes=shapes, annotations=notes)
    above = marks.name_stages(figure, stages, rows["step"], AXIS_PX)
    words = f"“{rows['text'].iloc[0]}”"
    figure.add_annotation(marks.note(words, "above left", up=above + 6, size=14))
    for panel in range(1, len(layers) + 1):
        title = "training step" if panel == len(layers) else ""
        marks.step_axis(figure, rows["step"], title, row=panel, col=1)
    figure.update_yaxes(title="rise in loss (nats)", range=[low, high])
    size = {"height": len(layers) * PANEL_PX + above + 84, "margin": {"t": above + 34, "r": 75}}
    return figure.update_layout(showlegend=False, **size)


def _bounds(rows, top: float) -> tuple[float, float]:
    """Range of the effects with their errors, where these are not much larger than the effects."""
    low, high = marks.interval(rows["effect_nats"], rows["std_err"])
    margin, least = 0.05 * top, min(rows["effect_nats"].min(), 0) - 0.5 * top
    return max(min(low.min(), 0), least) - margin, min(high.max(), 1.5 * top) + margin


def _named(lines: dict, top: float) -> list[str]:
    """Heads of a layer whose effect is worth a name at some step, the strongest first."""
    reach = {head: line["effect_nats"].abs().max() for head, line in lines.items()}
    strong = [head for head in reach if reach[head] >= NOTEWORTHY * top]
    return sorted(strong, key=reach.get, reverse=True)[:MOST_NAMED]


def _line(line, named: bool, panel: int) -> dict:
    """A head's effect over steps, with 95 % intervals where it matters."""
    head, kind = line[["component", "kind"]].iloc[0]
    about = f"{head}, {kind}" if isinstance(kind, str) else head
    words = {"hover": "step %{x}: %{y:+.3f} nats", "about": about, "panel": panel}
    if not named:
        return marks.line(line, "step", "effect_nats", style.faint(style.GREY, 0.6), 1, **words)
    look = {"size": 5, "joined": 2}
    return marks.points(line, "step", "effect_nats", style.kind_colour(kind), "std_err", **look, **words)
