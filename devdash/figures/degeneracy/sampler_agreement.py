"""SGLD against MALA at the same point: does the bias of unadjusted steps matter?"""

import plotly.graph_objects as go

from devdash.figures import style
from devdash.figures.degeneracy.rescaling import COLOURS

TITLE = "MALA, which corrects every step, against SGLD"
DATA = "agreements"
OPTIONS = {}
TOLERANCE = 0.05


def draw(data) -> go.Figure:
    """data: one row per point and sampler. Band: ± 5 % around MALA."""
    if data.empty:
        return style.blank("No point is sampled with both MALA and SGLD yet.")
    figure = go.Figure()
    names = [_name(row) for _, row in data.iterrows()]
    points = list(dict.fromkeys(names))
    for number, (_, row) in enumerate(data.iterrows()):
        if row["kind"] == "MALA":
            at = points.index(names[number])
            figure.add_shape(
                type="rect",
                x0=row["llc"] * (1 - TOLERANCE),
                x1=row["llc"] * (1 + TOLERANCE),
                y0=at - 0.5,
                y1=at + 0.5,
                line_width=0,
                fillcolor=style.faint(style.GREY),
                layer="below",
            )
    kinds = sorted(data["kind"].unique())
    for place, kind in enumerate(kinds):
        own, shift = data[data["kind"] == kind], 0.3 * (place - (len(kinds) - 1) / 2)
        colour = COLOURS.get(kind, style.BLUE)
        figure.add_scatter(
            x=own["llc"],
            y=[points.index(_name(row)) + shift for _, row in own.iterrows()],
            name=kind,
            mode="markers+text",
            text=[kind] * len(own),
            textposition="top center",
            textfont={"color": colour},
            marker=style.reliability(own["verdict"], colour) | {"size": 9},
            error_x={"array": 1.96 * own["std_err"], "color": colour, "thickness": 1.5, "width": 4},
            customdata=own[["std_err", "verdict", "rhat", "ess", "acceptance"]],
            hovertemplate="λ̂ = %{x:.4g} ± %{customdata[0]:.2g}, %{customdata[1]}<br>R̂ %{customdata[2]:.2f}, "
            "ESS %{customdata[3]:.0f}, acceptance %{customdata[4]:.2f}<extra>" + kind + "</extra>",
        )
    figure.update_yaxes(
        title="",
        tickvals=list(range(len(points))),
        ticktext=points,
        range=[len(points) - 0.4, -0.6],
        zeroline=False,
    )
    exact = data.loc[data["kind"] == "MALA", "llc"]
    low = min((data["llc"] - 1.96 * data["std_err"]).min(), (1 - TOLERANCE) * exact.min())
    high = max((data["llc"] + 1.96 * data["std_err"]).max(), (1 + TOLERANCE) * exact.max())
    margin = 0.15 * (high - low)
    figure.update_xaxes(
        title="λ̂, 95 % interval; band: ± 5 % around MALA", range=[low - margin, high + margin]
    )
    return figure.update_layout(showlegend=False, height=140 + 120 * len(points), margin={"t": 20})


def _name(row) -> str:
    part = "" if row["component"] == "full" else f", {row['component']}"
    return f"{row['system']}{part}" + (f", step {row['step']}" if row["step"] else "")
