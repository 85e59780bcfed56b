"""λ̂ of every attention head in a panel of its own, layers side by side."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import stage_marks, style
from devdash.figures.heads.head_curves import KEPT, axis_title, names, short

TITLE = "Each head by itself, beside the mean of all"
DATA = {"llc": "head_llc", "groups": "head_groups", "stages": "head_stages"}
OPTIONS = {"distribution": "all", "target": "data", "method": None, "normalisation": None, "head": None}
PANEL_PX, GAP_PX = 62, 9


def draw(data, method=None, head=None) -> go.Figure:
    """data, method, head: as in head_curves. Columns: layers; grey: the mean of all heads."""
    llc, stages = data["llc"], data["stages"]
    llc = llc[llc["step"] > 0]
    if llc.empty:
        return style.blank("No λ̂ of heads is stored for this choice.")
    named = names(data["groups"], method is not None)
    layers, numbers = sorted(llc["layer"].unique()), sorted(llc["number"].unique())
    rows = len(numbers)
    height = rows * PANEL_PX + (rows - 1) * GAP_PX
    figure = make_subplots(
        rows=rows,
        cols=len(layers),
        shared_xaxes="all",
        shared_yaxes="all",
        horizontal_spacing=0.03,
        vertical_spacing=GAP_PX / height if rows > 1 else 0,
    )
    mean = llc[llc["verdict"] == "reliable"].groupby("step")["llc"].mean()
    traces, marks, labels = [], [], []
    for name, own in llc.groupby("head", sort=False):
        panel = 1 + numbers.index(own["number"].iloc[0]) * len(layers) + layers.index(own["layer"].iloc[0])
        group, colour = named[name]
        traces += _panel(own, mean, group, colour, panel)
        marks += stage_marks.shapes(stages, llc["step"], None, panel)
        marks += [_outline(panel)] if name == head else []
        labels.append(_label(f"<b>{short(name)}</b>  {group}", colour, panel))
    figure.add_traces(traces)  # at once: one by one takes seconds
    stage_marks.step_axis(figure, llc["step"], title="")
    for column in range(1, len(layers) + 1):
        figure.update_xaxes(title="training step", row=rows, col=column)
    figure.update_yaxes(range=style.span(llc), nticks=4, title="")
    figure.update_yaxes(title=axis_title(llc), row=1 + rows // 2, col=1)
    return figure.update_layout(
        shapes=marks,
        annotations=labels,
        showlegend=False,
        height=height + 65,
        margin={"t": 12, "r": 10},
        hovermode="closest",
    )


def _panel(own, mean, group: str, colour: str, panel: int) -> list[dict]:
    """The mean of all heads in grey, a head's reliable estimates as a line, all of them with errors."""
    good = own[own["verdict"] == "reliable"]
    plain = {"type": "scatter", "xaxis": stage_marks.axis("x", panel), "yaxis": stage_marks.axis("y", panel)}
    line = plain | {"mode": "lines", "hoverinfo": "skip"}
    return [
        line | {"x": mean.index, "y": mean, "line": {"color": style.GREY, "width": 1}},
        line | {"x": good["step"], "y": good["llc"], "line": {"color": colour, "width": 1.5}},
        plain
        | {
            "x": own["step"],
            "y": own["llc"],
            "mode": "markers",
            "unselected": KEPT,
            "marker": style.reliability(own["verdict"], colour) | {"size": 3.5},
            "error_y": {"array": 1.96 * own["std_err"], "color": colour, "thickness": 1, "width": 0},
            "customdata": own[["head", "step", "std_err", "verdict"]],
            "hovertemplate": "%{customdata[0]}, " + group + "<br>step %{x}: λ̂ = %{y:.2f} ± "
            "%{customdata[2]:.2f}<br>%{customdata[3]}<extra></extra>",
        },
    ]


def _domain(panel: int) -> dict:
    return {
        "xref": f"{stage_marks.axis('x', panel)} domain",
        "yref": f"{stage_marks.axis('y', panel)} domain",
    }


def _outline(panel: int) -> dict:
    line = {"color": style.VERMILION, "width": 2.5}
    return {"type": "rect", "x0": 0, "x1": 1, "y0": 0, "y1": 1, "line": line, **_domain(panel)}


def _label(text: str, colour: str, panel: int) -> dict:
    return {
        "text": text,
        "x": 0,
        "y": 1,
        "xanchor": "left",
        "yanchor": "top",
        "xshift": 3,
        "showarrow": False,
        "font": {"color": colour, "size": 11},
        **_domain(panel),
    }
