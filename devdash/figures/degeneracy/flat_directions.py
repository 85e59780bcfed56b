"""Counting flat directions against λ: systems with the same Hessian rank and nullity side by side."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.degeneracy.potentials import TRUTHS
from devdash.verdicts import is_reliable

TITLE = "Equal Hessian rank, different degeneracy"
DATA = "flat_directions"
OPTIONS = {}
MOST_PANELS, FEWEST = 4, 3


def draw(data) -> go.Figure:
    """data: systems in groups of equal rank and nullity, in the order of λ; one panel per group."""
    panels = [rows for _, rows in data.groupby(["hessian_rank", "nullity"], sort=False)]
    panels = [rows for rows in panels if len(rows) >= FEWEST][:MOST_PANELS] or panels[:1]
    if not panels:
        return style.blank("No two systems of equal Hessian rank and different λ are measured yet.")
    widths, gap = [len(rows) + 1 for rows in panels], 0.09 / len(panels) ** 0.5
    figure, traces = make_subplots(cols=len(panels), column_widths=widths, horizontal_spacing=gap), []
    for panel, rows in enumerate(panels, start=1):
        places = list(range(len(rows)))
        traces += _panel(rows.assign(place=places), panel)
        ticks = {"tickvals": places, "ticktext": [_short(name) for name in rows["name"]]}
        figure.update_xaxes(range=[-0.6, len(rows) - 0.4], row=1, col=panel, **ticks)
        rank, nullity = rows[["hessian_rank", "nullity"]].iloc[0]  # the corner is empty: λ rises to the right
        text = f"<b>Hessian rank {rank}</b><br><b>nullity {nullity}</b>"
        figure.add_annotation(marks.note(text, panel=panel, right=4))
    figure.add_traces(marks.once(traces))
    figure.update_xaxes(tickangle=-40)
    figure.update_xaxes(title="point, in the order of λ", col=(len(panels) + 1) // 2)
    figure.update_yaxes(rangemode="tozero", title="")
    figure.update_yaxes(title=marks.llc_title(data, "learning coefficient"), col=1)
    return figure.update_layout(height=460, margin={"t": 60}, meta={"narrowest": 170})


def _panel(rows, panel: int) -> list[dict]:
    """Half the rank as a line, λ and the exact value as strokes, λ̂ as points."""
    rank, ends = rows["hessian_rank"].iloc[0] / 2, [-0.5, len(rows) - 0.5]
    words = {"hover": "rank / 2 = %{y}", "name": "Hessian rank / 2", "panel": panel}
    traces = [marks.line(rows, ends, [rank, rank], style.GREY, 2, "dot", **words)]
    for name, (column, colour, width) in TRUTHS.items():
        if rows[column].notna().any():
            words = {"hover": "{name}: %{y:.4g}", "name": name, "panel": panel}
            stroke = {"symbol": "line-ew-open", "color": colour, "line": {"width": width}}
            traces.append(marks.points(rows, "place", column, colour, size=22, marker=stroke, **words))
    first = rows.iloc[(~is_reliable(rows)).argsort(kind="stable")]  # the first point marks the legend
    words = {"before": "{system}, {name}: ", "name": "λ̂", "panel": panel}
    return [*traces, marks.estimates(first, "place", "llc", style.VERMILION, size=8, caps=True, **words)]


def _short(name: str) -> str:
    return name.removesuffix(", equal Hessian rank").removesuffix(", aligned")
