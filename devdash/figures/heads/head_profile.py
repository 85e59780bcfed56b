"""What each head does: how the loss that its ablation adds is shared out among classes of tokens."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.heads.head_curves import short

TITLE = "What each head does: which tokens its ablation hurts"
DATA = "head_profiles"
OPTIONS = {"step": None, "head": None}
COLOURS = {
    "nested bracket": style.VERMILION,
    "bracket": style.faint(style.VERMILION, 0.5),
    "n-gram": style.BLUE,
    "skip n-gram": style.SKY,
    "bigram": style.ORANGE,
    "induction": style.PINK,
    "repeated n-gram": style.PURPLE,
    "other": style.faint(style.GREY, 0.55),
}
ROW_PX, GAP = 24, 0.6


def draw(data, head=None) -> go.Figure:
    """data: profiles of all heads at one step, each token of one class, mean-ablation. Left: shares of
    each head's effect, those below 0 to the left; right: the whole effect with its 95 % interval."""
    if data.empty:
        return style.blank("No profiles of heads are stored for this run.")
    whole = data[data["tokens"] == "all"]
    layers = sorted(whole["layer"].unique())
    rows = {
        name: place + GAP * layers.index(layer)
        for place, (name, layer) in enumerate(zip(whole["head"], whole["layer"], strict=True))
    }
    figure = make_subplots(1, 2, shared_yaxes=True, column_widths=[0.72, 0.28], horizontal_spacing=0.03)
    for name in [*COLOURS, *sorted(set(data["tokens"]) - {*COLOURS, "all"})]:
        part = data[data["tokens"] == name]
        if part.empty:
            continue
        hover = (
            "{head}: {share:.0%} ({low:.0%} to {high:.0%}); {effect_nats:+.3f} nats a token, {count:,} tokens"
        )
        y = [rows[of] for of in part["head"]]
        bar = marks.trace(part, "share", y, hover, about=name, name=name)
        colour = COLOURS.get(name, style.GREY)
        figure.add_traces(
            bar | {"type": "bar", "orientation": "h", "marker": {"color": colour}, "width": 0.8}
        )
    y = [rows[of] for of in whole["head"]]
    colours = [style.kind_colour(kind) for kind in whole["kind"]]
    hover = "{head}, {kind}: {effect_nats:+.4f} nats a token"
    figure.add_traces(
        marks.points(
            whole, "effect_nats", y, colours, "std_err", size=8, across=True, hover=hover, about="", panel=2
        )
    )
    last = max(rows.values())
    text = [f"<b>{short(name)}</b>" if name == head else short(name) for name in rows]
    ticks = {"tickvals": list(rows.values()), "ticktext": text}
    figure.update_yaxes(range=[last + 0.7, -0.7], title="", zeroline=False, **ticks)
    figure.update_yaxes(title="head", col=1)
    figure.update_xaxes(title="share of the head’s effect", tickformat=".0%", col=1)
    figure.update_xaxes(title="rise in loss (nats a token)", rangemode="tozero", nticks=4, col=2)
    figure.add_annotation(marks.note(f"step {whole['step'].iloc[0]:,}", "above right", up=4))
    legend = {"y": 1, "yref": "container", "yanchor": "top", "traceorder": "normal"}
    size = {"height": int(ROW_PX * (last + 1)) + 150, "margin": {"t": 84}}
    return figure.update_layout(barmode="relative", bargap=0.2, legend=legend, hovermode="closest", **size)
