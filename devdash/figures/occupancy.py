"""Which k-gon holds the Bayesian posterior, as the number of examples grows."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style

TITLE = "The posterior moves from phase to phase as examples come in"
DATA = {"data": "occupancy", "crossings": "crossings"}
OPTIONS = {"features": None, "scale": None, "log_x": True, "stacked": True}
EACH = "occupancy_settings"
ORDER = ("other", "4-gon", "5-gon", "6-gon")
SHOWN = {"free energy": "free energy", "observed": "observed"}


def draw(data, log_x=True, stacked=True) -> go.Figure:
    """data["data"]: shares with intervals over n; data["crossings"]: critical n of pairs.

    stacked: areas that sum to 1, with intervals as bars on each border; else one line per phase.
    """
    shares, crossings = data["data"], data["crossings"]
    if shares.empty:
        return style.blank("The posterior is not sampled yet.")
    figure = go.Figure()
    table = shares.pivot(index="n", columns="kgon", values=["share", "low", "high"])
    below = np.zeros(len(table))
    for name in [phase for phase in ORDER if phase in table["share"]]:
        below = _phase(figure, table, name, below, stacked)
    _crossings(figure, crossings, log_x)
    figure.update_xaxes(title="examples n", type="log" if log_x else "linear")
    if log_x:
        figure.update_xaxes(tickvals=style.log_ticks(table.index.min(), table.index.max()))
    figure.update_yaxes(title="share of the posterior", range=[0, 1])
    return figure.update_layout(height=430, margin={"t": 110, "r": 80}, showlegend=False)


def _phase(figure: go.Figure, table, name: str, below, stacked: bool):
    share, low, high = (table[part][name].to_numpy() for part in ("share", "low", "high"))
    colour, top = style.PHASE_COLOURS.get(name, style.GREY), below + share
    y = top if stacked else share
    figure.add_scatter(
        x=table.index, y=y, name=name, mode="lines" if stacked else "lines+markers",
        line={"color": colour, "width": 1.5},
        fill=("tozeroy" if not below.any() else "tonexty") if stacked else None,
        fillcolor=style.faint(colour, 0.55),
        error_y={
            "type": "data", "symmetric": False, "array": high - share, "arrayminus": share - low,
            "color": colour, "thickness": 1.2, "width": 3,
        },
        customdata=np.stack([share, low, high], 1),
        hovertemplate="n = %{x}: %{customdata[0]:.2f} (%{customdata[1]:.2f}–%{customdata[2]:.2f})"
        "<extra>" + name + "</extra>",
    )  # fmt: skip
    if share.max() > 0.08:
        place = int(share.argmax())
        text = {"4-gon": "4-gons", "5-gon": "5-gons", "6-gon": "6-gons"}.get(name, name)
        _name_phase(figure, table, place, (below + share / 2 if stacked else share)[place], text)
    return top


def _name_phase(figure: go.Figure, table, place: int, y: float, text: str) -> None:
    """The phase's name inside its area, where that is widest."""
    figure.add_scatter(
        x=[table.index[place]], y=[y], mode="text", text=[f"<b>{text}</b>"], hoverinfo="skip",
        textposition="middle right" if place < len(table) / 2 else "middle left",
    )  # fmt: skip


def _crossings(figure: go.Figure, crossings, log_x: bool) -> None:
    """Vertical lines where phases should cross (dashed) and do (solid), named above the plot."""
    plain = ~(crossings["from_kgon"] + crossings["to_kgon"]).str.contains("+", regex=False)
    shown = crossings[crossings["source"].isin(SHOWN) & plain].sort_values("n")
    for number, (_, row) in enumerate(shown.iterrows()):
        observed = row["source"] == "observed"
        dash = "solid" if observed else "dash"
        figure.add_vline(x=row["n"], line={"color": style.GREY, "dash": dash, "width": 1.2})
        name = f"{row['from_kgon']} → {row['to_kgon']}, {SHOWN[row['source']]}: {row['n']:.0f}"
        figure.add_annotation(
            x=np.log10(row["n"]) if log_x else row["n"], y=1, yref="paper", text=name,
            yshift=8 + 15 * (number % 6), yanchor="bottom", xanchor="center",
        )  # fmt: skip
