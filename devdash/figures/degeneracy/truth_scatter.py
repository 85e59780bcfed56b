"""λ̂ against the true λ for every system whose λ is known, one panel for each protocol."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "Estimates against known learning coefficients"
DATA = "truths"
OPTIONS = {}
KINDS = {
    "deep linear, teacher": style.BLUE,
    "deep linear, aligned": style.SKY,
    "reduced rank": style.ORANGE,
    "tanh": style.GREEN,
    "potential": style.PINK,
    "two components": style.PURPLE,
}
PANELS = ("ours", "paper's settings")
HOVER = (
    "name",
    "true_rank",
    "weights",
    "multiplicity",
    "std_err",
    "verdict",
    "sampler",
    "epsilon",
    "nbeta",
    "gamma",
    "chains",
    "draws",
    "relative_error",
)


def draw(data) -> go.Figure:
    """data: one row per system and protocol. Bars: 95 %; diamonds: multiplicity above 1."""
    panels = [name for name in PANELS if name in set(data["protocol"])]
    if not panels:
        return style.blank("No system with known λ is measured yet.")
    figure = make_subplots(
        cols=len(panels), shared_yaxes=True, horizontal_spacing=0.05, subplot_titles=panels
    )
    shown = data[data["protocol"].isin(panels)]
    drawable = shown[shown["llc"] > 0]
    ends = np.array([0.7, 1.5]) * [drawable["llc_theory"].min(), drawable["llc_theory"].max()]
    named = set()
    for number, panel in enumerate(panels, start=1):
        place = {"row": 1, "col": number}
        own = shown[shown["protocol"] == panel]
        line = {"color": style.GREY, "width": 1.2, "dash": "dash"}
        figure.add_scatter(
            x=ends, y=ends, mode="lines", line=line, hoverinfo="skip", showlegend=False, **place
        )
        for kind, group in own[own["llc"] > 0].groupby("kind", sort=False):
            _add(figure, group, kind, kind not in named, place)
            named.add(kind)
        _say_what_is_missing(figure, own[~(own["llc"] > 0)], number)
    figure.update_xaxes(title="λ, theory", type="log", range=np.log10(ends), dtick=1)
    low, high = drawable["llc"].min(), drawable["llc"].max()
    figure.update_yaxes(
        type="log", dtick=1, range=np.log10([min(ends[0], 0.8 * low), max(ends[1], 1.3 * high)])
    )
    figure.update_yaxes(title="λ̂, 95 % interval", row=1, col=1)
    return figure.update_layout(height=480, margin={"t": 80}, legend={"y": 1.08})


def _add(figure: go.Figure, own, kind: str, first: bool, place: dict) -> None:
    colour = KINDS.get(kind, style.GREY)
    own = own.sort_values("verdict", key=lambda v: v != "reliable")  # the first marks the legend
    error = (1.96 * own["std_err"]).fillna(0)
    symbols = ["diamond" if m > 1 else "circle" for m in own["multiplicity"]]
    figure.add_scatter(
        x=own["llc_theory"],
        y=own["llc"],
        mode="markers",
        name=kind,
        legendgroup=kind,
        showlegend=first,
        marker=style.reliability(own["verdict"], colour) | {"symbol": symbols, "size": 7},
        error_y={
            "array": error,
            "arrayminus": np.minimum(error, 0.95 * own["llc"]),
            "color": colour,
            "thickness": 1,
            "width": 0,
        },
        customdata=own[list(HOVER)].astype(object).fillna("–"),
        hovertemplate="%{customdata[0]}: %{customdata[2]} weights, true rank %{customdata[1]}, "
        "m = %{customdata[3]}<br>λ = %{x:.4g}, λ̂ = %{y:.4g} ± %{customdata[4]:.2g} "
        "(off by %{customdata[12]:.1%}), %{customdata[5]}<br>%{customdata[6]}, ε %{customdata[7]:.2g}, "
        "nβ %{customdata[8]:.4g}, γ %{customdata[9]:.3g}, %{customdata[10]} chains × %{customdata[11]} draws"
        "<extra>" + kind + "</extra>",
        **place,
    )


def _say_what_is_missing(figure: go.Figure, missing, number: int) -> None:
    """λ̂ that are negative or no number have no place on a log axis, so they are counted."""
    parts = {"λ̂ ≤ 0": int((missing["llc"] <= 0).sum()), "diverged": int(missing["llc"].isna().sum())}
    text = ", ".join(f"{count} {name}" for name, count in parts.items() if count)
    if text:
        axis = "" if number == 1 else number
        figure.add_annotation(
            text=f"not drawn: {text}",
            x=1,
            y=0,
            xref=f"x{axis} domain",
            yref=f"y{axis} domain",
            xanchor="right",
            yanchor="bottom",
        )
