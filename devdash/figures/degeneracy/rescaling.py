"""λ̂ of one function while its weights are rescaled, by sampler."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style

TITLE = "The same ReLU network, one layer scaled by a and the next by 1/a"
DATA = "rescalings"
OPTIONS = {}
COLOURS = {
    "SGLD": style.VERMILION,
    "RMSprop-SGLD": style.GREEN,
    "SGLD, scaled coordinates": style.BLUE,
    "MALA": style.PURPLE,
    "SGNHT": style.PINK,
}
FAR = 4  # a λ̂ beyond so many times the median of the reliable ones is marked at the edge


def draw(data) -> go.Figure:
    """data: λ̂ at each factor a and sampler; what diverged or lies far outside stands at the upper edge."""
    if data.empty:
        return style.blank("Rescaling is not measured yet.")
    figure = go.Figure()
    reliable = data[data["verdict"] == "reliable"]["llc"]
    typical = (reliable if len(reliable) else data["llc"].abs()).median()
    inside = data["llc"].between(-FAR * typical, FAR * typical)
    kept = data[inside]
    top = 1.15 * max((kept["llc"] + 1.96 * kept["std_err"]).max(), 1.3 * typical)
    low = min(0, 1.2 * kept["llc"].min())
    for number, (sampler, own) in enumerate(data.groupby("sampler")):
        colour = COLOURS.get(sampler, style.COLOURS[number % 7])
        _add(figure, own[inside[own.index]], colour, sampler)
        _at_the_edge(figure, own[~inside[own.index]], colour, sampler, top * (1 - 0.035 * number))
    _labels(figure, data[inside], top - low)
    figure.update_xaxes(title="rescaling a", type="log", dtick=1)
    figure.update_yaxes(title="λ̂, 95 % interval", range=[low, 1.04 * top])
    return figure.update_layout(showlegend=False, height=420, margin={"t": 30})


def _add(figure: go.Figure, own, colour: str, sampler: str) -> None:
    figure.add_scatter(
        x=own["factor"],
        y=own["llc"],
        mode="lines+markers",
        name=sampler,
        line={"color": colour, "width": 1.5},
        marker=style.reliability(own["verdict"], colour) | {"size": 8},
        error_y={"array": 1.96 * own["std_err"], "color": colour, "thickness": 1.2, "width": 3},
        customdata=own[["std_err", "verdict", "acceptance", "epsilon"]],
        hovertemplate="a = %{x:.3g}: λ̂ = %{y:.4g} ± %{customdata[0]:.2g}, %{customdata[1]}<br>"
        "acceptance %{customdata[2]:.2f}, ε %{customdata[3]:.2g}<extra>" + sampler + "</extra>",
    )


def _at_the_edge(figure: go.Figure, own, colour: str, sampler: str, top: float) -> None:
    """Crosses where λ̂ is no number, triangles where it lies beyond the axis."""
    if own.empty:
        return
    gone = own["llc"].isna()
    values = ["" if g else f"{v:.3g}" for g, v in zip(gone, own["llc"], strict=True)]
    figure.add_scatter(
        x=own["factor"],
        y=[top] * len(own),
        mode="markers+text",
        name=sampler,
        marker={"symbol": ["x" if g else "triangle-up" for g in gone], "size": 10, "color": colour},
        text=values,
        textposition="bottom center",
        textfont={"color": colour, "size": 11},
        customdata=own[["verdict", "message"]].assign(value=[f"{v}, " if v else "" for v in values]),
        hovertemplate="a = %{x:.3g}: %{customdata[2]}%{customdata[0]}<br>%{customdata[1]}"
        "<extra>" + sampler + "</extra>",
    )


def _labels(figure: go.Figure, inside, height: float) -> None:
    """Names above the last points of the curves, pushed apart where curves meet."""
    last = inside.sort_values("factor").groupby("sampler").tail(1).sort_values("llc")
    place = -np.inf
    for _, row in last.iterrows():
        place = max(row["llc"], place + 0.06 * height)
        figure.add_annotation(
            x=np.log10(row["factor"]),
            y=place,
            text=row["sampler"],
            xanchor="right",
            yanchor="bottom",
            font={"color": COLOURS.get(row["sampler"], style.GREY)},
            yshift=5,
        )
