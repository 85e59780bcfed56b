"""Which order of heads survives as nβ rises and λ̂ turns from a curvature towards a learning coefficient."""

import math

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.heads.head_curves import short

TITLE = "Which order of heads survives along nβ"
DATA = {"ladder": "head_ladder", "orders": "head_ladder_orders"}
OPTIONS = {"step": None, "head": None}
ROW_PX = 21
ABOVE = 3.6  # rows for the words above the ranks


def draw(data, head=None) -> go.Figure:
    """data: λ̂ of heads and their rank at each nβ that was tried at one step; how far each order is that of
    the run's setting, with the regime: ∂ ln λ̂ / ∂ ln nβ, near 1 a curvature, near 0 a learning
    coefficient. Hollow: not reliable."""
    ladder, orders = data["ladder"], data["orders"]
    if ladder.empty:
        return style.blank("Heads were not measured at more than one nβ in this run.")
    figure, ends = go.Figure(), {}
    for name, rows in ladder.assign(kind=ladder["kind"].fillna(style.UNKNOWN_KIND)).groupby("head"):
        kind = rows["kind"].iloc[0]
        colour = style.kind_colour(kind)
        words = {"hover": "{head} at nβ = {nbeta:g}: λ̂ = {llc:.3g}, rank {place}", "about": kind}
        look = {"size": 9 if name == head else 7, "joined": 3.5 if name == head else 1.5}
        figure.add_traces(marks.points(rows, "nbeta", "place", colour, **look, **words))
        ends[short(name)] = float(rows["place"].iloc[-1]), colour
    heads = ladder["head"].nunique()
    for name, (place, colour) in ends.items():
        figure.add_annotation(
            marks.tag(name, math.log10(ladder["nbeta"].max()), place, colour, right=8, size=11)
        )
    at_step = orders[orders["step"] == ladder["step"].iloc[0]]
    used = ladder.loc[ladder["usual"], "nbeta"]
    for row in at_step[~at_step["nbeta"].isin(used)].to_dict("records"):
        if row["nbeta"] in set(ladder["nbeta"]):
            figure.add_annotation(
                marks.tag(_words(row), math.log10(row["nbeta"]), heads + 0.6, at="above center", size=11)
            )
    for nbeta in used.unique():
        figure.add_shape(marks.upright(nbeta))
        figure.add_annotation(
            marks.tag("the run’s<br>setting", math.log10(nbeta), heads + 0.6, at="above center", size=11)
        )
    marks.size_axis(figure, ladder["nbeta"], "nβ")
    title = marks.llc_title(ladder, "rank of λ̂ (1: lowest)")
    figure.update_yaxes(title=title, range=[0.3, heads + ABOVE], nticks=9, zeroline=False)
    figure.add_annotation(marks.note(f"step {ladder['step'].iloc[0]:,}", "below right", up=-22))
    size = {"height": ROW_PX * heads + 200, "margin": {"t": 40, "r": 50}}
    return figure.update_layout(showlegend=False, hovermode="closest", **size)


def _words(row) -> str:
    """Rank correlation and regime at one nβ."""
    regime = "" if row["regime"] != row["regime"] else f"<br>regime {row['regime']:.2f}"
    return f"ρ = {row['rho']:.2f}{regime}"
