"""Samplers without a Metropolis test against MALA at one point: does the bias of their steps matter?"""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.degeneracy.rescaling import COLOURS

TITLE = "MALA, which corrects every step, against samplers that do not"
DATA = "agreements"
OPTIONS = {}
TOLERANCE = 0.05


def draw(data) -> go.Figure:
    """data: one row per point and sampler. Band: ± 5 % around MALA."""
    if data.empty:
        return style.blank("No point is sampled with MALA and another sampler yet.")
    names = [_name(row) for _, row in data.iterrows()]
    points = list(dict.fromkeys(names))
    data = data.assign(place=[points.index(name) for name in names])
    exact, figure = data[data["kind"] == "MALA"], go.Figure()
    for place, llc in exact[["place", "llc"]].itertuples(index=False):
        ends = llc * (1 - TOLERANCE), llc * (1 + TOLERANCE)
        figure.add_shape(marks.box(*ends, place - 0.5, place + 0.5, style.faint(style.GREY)))
    kinds = sorted(data["kind"].unique())
    for number, kind in enumerate(kinds):
        rows, colour = data[data["kind"] == kind], COLOURS.get(kind, style.BLUE)
        after = "<br>R̂ {rhat:.2f}, ESS {ess:.0f}, acceptance {acceptance:.2f}"
        look = {"after": after, "name": kind, "across": True, "size": 9, "caps": True}
        y = rows["place"] + 0.3 * (number - (len(kinds) - 1) / 2)
        text = {"text": [kind] * len(rows), "textposition": "top center", "textfont": {"color": colour}}
        figure.add_traces(marks.estimates(rows, "llc", y, colour, **look) | {"mode": "markers+text", **text})
    marks.row_axis(figure, points)
    figure.update_yaxes(range=[len(points) - 0.4, -0.7])  # room for the uppermost name
    ends = marks.interval(data["llc"], data["std_err"])
    low = min(ends[0].min(), (1 - TOLERANCE) * exact["llc"].min())
    high = max(ends[1].max(), (1 + TOLERANCE) * exact["llc"].max())
    margin = 0.15 * (high - low)
    title = marks.llc_title(data, "λ̂, 95 % interval; band: ± 5 % around MALA")
    figure.update_xaxes(title=title, range=[low - margin, high + margin])
    return figure.update_layout(showlegend=False, height=140 + 120 * len(points), margin={"t": 20})


def _name(row) -> str:
    part = "" if row["component"] == "full" else f", {row['component']}"
    return f"{row['system']}{part}" + (f", step {row['step']}" if row["step"] else "")
