"""λ̂ of one function while its weights are rescaled, by sampler."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.verdicts import is_reliable

TITLE = "The same ReLU network, one layer scaled by a and the next by 1/a"
DATA = "rescalings"
OPTIONS = {}
COLOURS = {
    "SGLD": style.VERMILION,
    "RMSprop-SGLD": style.GREEN,
    "Langevin": style.BLUE,
    "Langevin, scaled coordinates": style.BLUE,
    "MALA": style.PURPLE,
    "SGNHT": style.PINK,
}
FAR = 4  # a λ̂ beyond so many times the median of the reliable ones is marked at the edge


def draw(data) -> go.Figure:
    """data: λ̂ at each factor a and sampler; what diverged or lies far outside stands at the upper edge."""
    if data.empty:
        return style.blank("Rescaling is not measured yet.")
    reliable = data[is_reliable(data)]["llc"]
    typical = (reliable if len(reliable) else data["llc"].abs()).median()
    inside = data["llc"].between(-FAR * typical, FAR * typical)
    kept, figure = data[inside], go.Figure()
    top = 1.15 * max(marks.interval(kept["llc"], kept["std_err"])[1].max(), 1.3 * typical)
    low = min(0, 1.2 * kept["llc"].min())
    words = {"before": "a = %{x:.3g}: ", "after": "<br>acceptance {acceptance:.2f}, ε {epsilon:.2g}"}
    look = {"size": 8, "joined": 1.5, "caps": True}
    for number, (sampler, rows) in enumerate(data.groupby("sampler")):
        colour = COLOURS.get(sampler, style.COLOURS[number % 7])
        estimates = rows[inside[rows.index]]
        figure.add_traces(marks.estimates(estimates, "factor", "llc", colour, name=sampler, **words, **look))
        figure.add_traces(_at_the_edge(rows[~inside[rows.index]], colour, top * (1 - 0.035 * number)))
    figure.update_layout(annotations=_names(kept, top - low))
    figure.update_xaxes(title="rescaling a", type="log", dtick=1)
    figure.update_yaxes(title=marks.llc_title(data), range=[low, 1.04 * top])
    return figure.update_layout(showlegend=False, height=420, margin={"t": 30})


def _at_the_edge(rows, colour: str, top: float) -> list[dict]:
    """Crosses where λ̂ is no number, triangles where it lies beyond the axis."""
    if rows.empty:
        return []
    values = ["" if value != value else f"{value:.3g}" for value in rows["llc"]]
    symbols = ["triangle-up" if value else "x" for value in values]
    rows = rows.assign(edge=top, value=[f"{value}, " if value else "" for value in values])
    look = {"size": 10, "marker": {"symbol": symbols, "color": colour, "line": {"width": 0}}}
    words = {"hover": "a = %{x:.3g}: {value}{verdict}<br>{message}", "about": rows["sampler"].iloc[0]}
    text = {"mode": "markers+text", "text": values, "textposition": "bottom center"}
    return [
        marks.points(rows, "factor", "edge", colour, **look, **words)
        | {**text, "textfont": {"color": colour, "size": 11}}
    ]


def _names(inside, height: float) -> list[dict]:
    """Names above the first points of the curves, each at a height of its own."""
    first = inside.sort_values("factor").groupby("sampler").head(1).sort_values("llc")
    names, place = [], -np.inf
    for sampler, factor, llc in first[["sampler", "factor", "llc"]].itertuples(index=False):
        place = max(llc, place + 0.09 * height)
        colour = COLOURS.get(sampler, style.GREY)
        names.append(marks.tag(sampler, np.log10(factor), place, colour, "above right", up=5))
    return names
