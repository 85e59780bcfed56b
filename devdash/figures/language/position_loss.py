"""Loss by position in the context: how much a model gains from what it has read."""

import plotly.graph_objects as go

from devdash.figures import style

TITLE = "Loss by position in the context"
DATA = "position_losses"
OPTIONS = {"model": None, "distribution": None, "step": None, "before": None}
COLOURS = {"later": style.VERMILION, "earlier": style.BLUE, "other": style.GREY}


def draw(data) -> go.Figure:
    """data: loss by position at the two steps that are compared (coloured) and at others (grey)."""
    if data.empty:
        return style.blank("No loss by position is stored for this kind of text.")
    figure = go.Figure()
    lines = [(role, step, own) for (role, step), own in data.groupby(["role", "step"])]
    for role, step, own in sorted(lines, key=lambda line: line[0] != "other"):
        marked = role != "other"
        figure.add_scatter(
            x=own["position"],
            y=own["loss_nats"],
            mode="lines+markers" if marked else "lines",
            line={
                "color": COLOURS[role] if marked else style.faint(style.GREY, 0.6),
                "width": 2 if marked else 1,
            },
            marker={"size": 4},
            error_y={"array": 1.96 * own["std_err"], "width": 0, "thickness": 1} if marked else None,
            hovertemplate=f"step {step:,}, position %{{x}}: %{{y:.3f}} nats<extra></extra>",
        )
        if marked:
            figure.add_annotation(
                text=f"step {step:,}",
                x=1,
                xref="x domain",
                y=own["loss_nats"].iloc[-1],
                xanchor="left",
                xshift=5,
                font={"color": COLOURS[role]},
            )
    last = data["position"].max()
    figure.update_xaxes(
        title="position (tokens)", type="log", tickvals=style.log_ticks(1, max(last, 2)), tickangle=0
    )
    figure.update_yaxes(title="loss (nats per token)")
    return figure.update_layout(showlegend=False, height=340, margin={"t": 20, "r": 85})
