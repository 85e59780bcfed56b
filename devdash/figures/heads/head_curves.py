"""λ̂ of every attention head over training, coloured by kind of head or by cluster of the curves."""

import pandas as pd
import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.verdicts import is_reliable

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
CURSOR = True
HEIGHT_PX = 430
KEPT = {"marker": {"opacity": 1}}  # a click chooses a head, it does not fade the other points
WHAT = "λ̂ of a head, 95 % interval"


def draw(data, method=None, head=None) -> go.Figure:
    """data: λ̂ of heads on one kind of data, heads with kind and cluster, stages.

    method: of the clusters to colour by; None: by kind. head: the chosen one, drawn thick.
    """
    llc, stages = data["llc"], data["stages"]
    llc = llc[llc["step"] > 0]
    if llc.empty:
        return style.blank("No λ̂ of heads is stored for this choice.")
    named, figure = names(data["groups"], method is not None), go.Figure()
    curves = dict(list(llc.groupby("head", sort=False)))
    bounds = style.span(llc)
    low, high = bounds or (llc["llc"].min(), llc["llc"].max())
    traces = []
    for name in sorted(curves, key=lambda name: name == head):
        traces += _curve(curves[name], *named[name], head in (None, name), name == head)
    figure.add_traces(traces + marks.beyond(llc, "step", "llc", bounds, style.GREY))
    last = {name: curve["llc"].iloc[-1] for name, curve in curves.items()}
    ends = {
        f"<b>{short(name)}</b>" if name == head else short(name): (end, named[name][1])
        for name, end in last.items()
        if low <= end <= high
    }
    shapes = marks.stage_shapes(stages, llc["step"])
    names_at_ends = marks.end_names(ends, HEIGHT_PX * 0.8 / max(high - low, 1e-9))
    figure.update_layout(shapes=shapes, annotations=names_at_ends)
    above = marks.name_stages(figure, stages, llc["step"])
    figure.add_annotation(legend(named, above + 4))
    marks.step_axis(figure, llc["step"])
    figure.update_yaxes(title=marks.llc_title(llc, WHAT, settings=True), range=bounds)
    size = {"height": HEIGHT_PX + above + 26, "margin": {"t": above + 26, "r": 45}}
    return figure.update_layout(showlegend=False, hovermode="closest", **size)


def names(groups, clustered: bool) -> dict[str, tuple[str, str]]:
    """Head → its kind or cluster, and the colour of that."""
    named = {}
    for _, row in groups.iterrows():
        if not clustered:
            kind = row["kind"] if isinstance(row["kind"], str) else style.UNKNOWN_KIND
            named[row["head"]] = kind, style.kind_colour(kind)
        elif pd.notna(row["cluster"]):
            place = int(row["cluster"])
            colour = style.CLUSTER_COLOURS[place % len(style.CLUSTER_COLOURS)]
            named[row["head"]] = f"cluster {place + 1}", colour
        else:
            named[row["head"]] = "in no cluster", style.GREY
    return named


def short(head: str) -> str:
    """'1.3' for 'head 1.3'."""
    return head.removeprefix("head ")


def legend(named: dict, above_px: float) -> dict:
    """Kinds or clusters in their colours, above the figure."""
    words = [f"{marks.coloured('●', colour)} {name}" for name, colour in sorted({*named.values()})]
    return marks.note("   ".join(words), "above left", right=-45, up=above_px)


def curve_points(curve, group: str, colour: str, **look) -> dict:
    """Every estimate of a head with its error; a click on one gives the head."""
    rows, before = curve.assign(group=group), "{head}, {group}<br>step {step}: "
    return marks.estimates(rows, "step", "llc", colour, before, **look) | {"unselected": KEPT}


def _curve(curve, group: str, colour: str, clear: bool, chosen: bool) -> list[dict]:
    """A line through the reliable estimates, and every estimate with its error; faint beside the chosen."""
    shade = colour if clear else style.faint(colour, 0.45)
    line = marks.line(curve[is_reliable(curve)], "step", "llc", shade, 3 if chosen else 1.5)
    return [line, curve_points(curve, group, shade, size=6 if chosen else 4)]
