"""λ̂ of every attention head over training, coloured by kind of head or by cluster of the curves."""

import plotly.graph_objects as go

from devdash.figures import stage_marks, style

TITLE = "Heads differentiate: λ̂ of each head over training"
DATA = {"llc": "head_llc", "groups": "head_groups", "stages": "head_stages"}
OPTIONS = {
    "distribution": "all",
    "target": "data",
    "method": None,
    "normalisation": None,
    "head": None,
    "step": None,
}
HEIGHT_PX, LABEL_PX = 430, 13
UNKNOWN = "kind not known yet"
KEPT = {"marker": {"opacity": 1}}  # a click chooses a head, it does not fade the other points


def draw(data, method=None, head=None, step=None) -> go.Figure:
    """data: λ̂ of heads on one kind of data, heads with kind and cluster, stages.

    method: of the clusters to colour by; None: by kind. head: the chosen one, drawn thick. step: the cursor.
    """
    llc, stages = data["llc"], data["stages"]
    llc = llc[llc["step"] > 0]
    if llc.empty:
        return style.blank("No λ̂ of heads is stored for this choice.")
    named = names(data["groups"], method is not None)
    figure = go.Figure()
    curves = dict(list(llc.groupby("head", sort=False)))
    for name in sorted(curves, key=lambda name: name == head):
        figure.add_traces(_curve(curves[name], *named[name], head in (None, name), name == head))
    bounds = style.span(llc)
    _end_labels(figure, curves, bounds or [llc["llc"].min(), llc["llc"].max()], named, head)
    rows = stage_marks.name_stages(figure, stages, llc["step"]) if len(stages) else 0
    legend(figure, named, 17 * rows + 4)
    figure.update_layout(shapes=stage_marks.shapes(stages, llc["step"], step))
    stage_marks.step_axis(figure, llc["step"])
    figure.update_yaxes(title=axis_title(llc), range=bounds)
    top = 17 * rows + 26
    return figure.update_layout(
        showlegend=False, height=HEIGHT_PX + top, margin={"t": top, "r": 45}, hovermode="closest"
    )


def names(groups, clustered: bool) -> dict[str, tuple[str, str]]:
    """Head → its kind or cluster, and the colour of that."""
    found = {}
    for _, row in groups.iterrows():
        if not clustered:
            kind = row["kind"] if isinstance(row["kind"], str) else UNKNOWN
            found[row["head"]] = kind, style.kind_colour(kind)
        elif row["cluster"] == row["cluster"]:
            place = int(row["cluster"])
            colour = style.CLUSTER_COLOURS[place % len(style.CLUSTER_COLOURS)]
            found[row["head"]] = f"cluster {place + 1}", colour
        else:
            found[row["head"]] = "in no cluster", style.GREY
    return found


def short(head: str) -> str:
    """'1.3' for 'head 1.3'."""
    return head.removeprefix("head ")


def axis_title(llc) -> str:
    """λ̂ is comparable at equal settings only, so the axis states them."""
    gamma = llc["gamma"].dropna()
    settings = f"nβ = {llc['nbeta'].iloc[0]:.3g}" + (f", γ = {gamma.iloc[0]:.3g}" if len(gamma) else "")
    return f"λ̂ of a head, 95 % interval<br>{settings}"


def legend(figure: go.Figure, named: dict, above_px: float) -> None:
    """Kinds or clusters in their colours, above the figure."""
    words = [f'<span style="color:{colour}">●</span> {name}' for name, colour in sorted({*named.values()})]
    figure.add_annotation(
        text="   ".join(words),
        x=0,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="left",
        yanchor="bottom",
        xshift=-45,
        yshift=above_px,
    )


def _curve(own, group: str, colour: str, clear: bool, chosen: bool) -> list[dict]:
    """A line through the reliable estimates, and every estimate with its error; faint beside the chosen."""
    good, plain = own[own["verdict"] == "reliable"], {"type": "scatter"}
    shade = colour if clear else style.faint(colour, 0.45)
    marker = style.reliability(own["verdict"], shade) | {"size": 6 if chosen else 4}
    line = {"color": shade, "width": 3 if chosen else 1.5}
    points = {
        **plain,
        "x": own["step"],
        "y": own["llc"],
        "mode": "markers",
        "marker": marker,
        "unselected": KEPT,
        "error_y": {"array": 1.96 * own["std_err"], "color": shade, "thickness": 1, "width": 0},
        "customdata": own[["head", "step", "std_err", "verdict"]],
        "hovertemplate": "%{customdata[0]}, " + group + "<br>step %{x}: λ̂ = %{y:.2f} ± %{customdata[2]:.2f}"
        "<br>%{customdata[3]}<extra></extra>",
    }
    return [
        {**plain, "x": good["step"], "y": good["llc"], "mode": "lines", "line": line, "hoverinfo": "skip"},
        points,
    ]


def _end_labels(figure: go.Figure, curves: dict, bounds, named: dict, head: str | None) -> None:
    """Heads' names at the ends of their curves, moved apart where they would touch."""
    px = HEIGHT_PX * 0.8 / max(bounds[1] - bounds[0], 1e-9)
    ends = {name: own["llc"].iloc[-1] for name, own in curves.items()}
    ends = {name: end for name, end in ends.items() if bounds[0] <= end <= bounds[1]}
    heights = [end * px for end in ends.values()]
    places = stage_marks.spread(heights, LABEL_PX) if heights else []
    for (name, end), place, own in zip(ends.items(), places, heights, strict=True):
        text = f"<b>{short(name)}</b>" if name == head else short(name)
        figure.add_annotation(
            text=text,
            x=1,
            xref="paper",
            xanchor="left",
            xshift=6,
            y=end,
            yshift=place - own,
            font={"color": named[name][1], "size": 11},
        )
