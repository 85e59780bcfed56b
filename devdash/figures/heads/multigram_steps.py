"""Which heads carry one multigram through training: its migration from layer to layer, if there is one."""

from html import escape

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import stage_marks, style

TITLE = "Which heads carry the multigram, through training"
DATA = {"data": "carriers", "stages": "head_stages"}
OPTIONS = {"multigram": None}
PANEL_PX, LABEL_PX = 210, 14
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
    span = _span(rows, top)
    traces, marks, labels = [], [], []
    for panel, layer in enumerate(layers, 1):
        own = rows[rows["layer"] == layer]
        named = _named(own, top)
        traces += [
            trace for head, line in own.groupby("component") for trace in _line(line, head in named, panel)
        ]
        marks += stage_marks.shapes(stages, rows["step"], None, panel)
        labels += _labels(own, named, span, panel)
        labels.append(_title(f"layer {layer}", panel))
    height = stage_marks.name_stages(figure, stages, rows["step"], AXIS_PX) * 16 if len(stages) else 0
    figure.add_traces(traces)
    for panel in range(1, len(layers) + 1):
        stage_marks.step_axis(
            figure, rows["step"], "training step" if panel == len(layers) else "", row=panel, col=1
        )
    figure.update_yaxes(title="rise in loss (nats)", range=span)
    figure.update_layout(shapes=marks, annotations=[*figure.layout.annotations, *labels])
    figure.add_annotation(
        text=escape(f"“{rows['text'].iloc[0]}”", quote=False),
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        yshift=height + 6,
        font={"size": 14},
    )
    margin = {"t": height + 34, "r": 75}
    return figure.update_layout(
        showlegend=False, height=len(layers) * PANEL_PX + margin["t"] + 50, margin=margin
    )


def _span(rows, top: float) -> list[float]:
    """Range of the effects with their errors, where these are not much larger than the effects."""
    error = 1.96 * rows["std_err"].fillna(0)
    low, high = (rows["effect_nats"] - error).min(), (rows["effect_nats"] + error).max()
    margin = 0.05 * top
    return [
        max(min(low, 0), min(rows["effect_nats"].min(), 0) - 0.5 * top) - margin,
        min(high, 1.5 * top) + margin,
    ]


def _named(rows, top: float) -> list[str]:
    """Heads of a layer whose effect is worth a name at some step, the strongest first."""
    reach = rows.groupby("component")["effect_nats"].agg(lambda effect: effect.abs().max())
    strong = reach[reach >= NOTEWORTHY * top].sort_values(ascending=False)
    return list(strong.index[:MOST_NAMED])


def _line(line, named: bool, panel: int) -> list[dict]:
    """A head's effect over steps, with 95 % intervals where it matters."""
    kind = line["kind"].iloc[0]
    colour = style.kind_colour(kind) if named else style.faint(style.GREY, 0.6)
    about = line["component"].iloc[0] + (f", {kind}" if isinstance(kind, str) else "")
    trace = {
        "type": "scatter",
        "x": line["step"],
        "y": line["effect_nats"],
        "mode": "lines+markers" if named else "lines",
        "marker": {"size": 5},
        "line": {"color": colour, "width": 2 if named else 1},
        "hovertemplate": "step %{x}: %{y:+.3f} nats<extra>" + about + "</extra>",
        "xaxis": stage_marks.axis("x", panel),
        "yaxis": stage_marks.axis("y", panel),
    }
    if named:
        error = 1.96 * line["std_err"].fillna(0)
        trace["error_y"] = {"array": error, "color": colour, "thickness": 1, "width": 0}
    return [trace]


def _labels(rows, named: list[str], span: list[float], panel: int) -> list[dict]:
    """Names of heads at the ends of their lines, moved apart where they would touch."""
    px = PANEL_PX / (span[1] - span[0])
    last = rows.sort_values("step").groupby("component").last()
    ends = [last.loc[head, "effect_nats"] * px for head in named]
    return [
        {
            "text": head,
            "x": 1,
            "xref": f"{stage_marks.axis('x', panel)} domain",
            "xanchor": "left",
            "xshift": 5,
            "y": end / px,
            "yref": stage_marks.axis("y", panel),
            "yshift": place - end,
            "showarrow": False,
            "font": {"color": style.kind_colour(last.loc[head, "kind"])},
        }
        for head, end, place in zip(named, ends, stage_marks.spread(ends, LABEL_PX), strict=True)
    ]


def _title(text: str, panel: int) -> dict:
    return {
        "text": text,
        "x": 0.01,
        "y": 1,
        "xanchor": "left",
        "yanchor": "top",
        "showarrow": False,
        "xref": f"{stage_marks.axis('x', panel)} domain",
        "yref": f"{stage_marks.axis('y', panel)} domain",
    }
