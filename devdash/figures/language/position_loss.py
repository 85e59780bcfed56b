"""Loss by position in the context: how much a model gains from what it has read."""

import plotly.graph_objects as go

from devdash.figures import marks, style

TITLE = "Loss by position in the context"
DATA = "position_losses"
OPTIONS = {"model": None, "distribution": None, "step": None, "before": None}
COLOURS = {"later": style.VERMILION, "earlier": style.BLUE}


def draw(data) -> go.Figure:
    """data: loss by position at the two steps that are compared (coloured) and at others (grey)."""
    if data.empty:
        return style.blank("No loss by position is stored for this kind of text.")
    figure = go.Figure()
    lines = [(role, step, losses) for (role, step), losses in data.groupby(["role", "step"])]
    for role, step, losses in sorted(lines, key=lambda line: line[0] != "other"):
        words = {"hover": f"step {step:,}, position %{{x}}: %{{y:.3f}} nats"}
        if role == "other":
            grey = style.faint(style.GREY, 0.6)
            figure.add_traces(marks.line(losses, "position", "loss_nats", grey, 1, **words))
            continue
        colour, look = COLOURS[role], {"size": 4, "joined": 2}
        figure.add_traces(marks.points(losses, "position", "loss_nats", colour, "std_err", **look, **words))
        name = marks.tag(f"step {step:,}", 1, losses["loss_nats"].iloc[-1], colour, right=5)
        figure.add_annotation(name | {"xref": "x domain"})
    ticks = style.log_ticks(1, max(data["position"].max(), 2))
    figure.update_xaxes(title="position (tokens)", type="log", tickvals=ticks, tickangle=0)
    figure.update_yaxes(title="loss (nats per token)")
    return figure.update_layout(showlegend=False, height=340, margin={"t": 20, "r": 85})
