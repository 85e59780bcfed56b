"""Which k-gon holds the Bayesian posterior, as the number of examples grows."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style

TITLE = "The posterior moves from phase to phase as examples come in"
DATA = {"data": "occupancy", "crossings": "crossings"}
OPTIONS = {"features": None, "scale": None, "log_x": True, "stacked": True}
EACH = "occupancy_settings"
ORDER = ("other", "4-gon", "5-gon", "6-gon")
MIN_NAMED = 0.08
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
    _names(figure, table, stacked)
    _crossings(figure, crossings, log_x)
    figure.update_xaxes(title="examples n", type="log" if log_x else "linear")
    if log_x:
        figure.update_xaxes(tickvals=style.log_ticks(table.index.min(), table.index.max()))
    figure.update_yaxes(title="share of the posterior", range=[0, 1])
    return figure.update_layout(height=430, margin={"t": 75}, showlegend=False)


def _phase(figure: go.Figure, table, name: str, below, stacked: bool):
    share, low, high = (table[part][name].to_numpy() for part in ("share", "low", "high"))
    colour, top = style.PHASE_COLOURS.get(name, style.GREY), below + share
    y = top if stacked else share
    figure.add_scatter(
        x=table.index,
        y=y,
        name=name,
        mode="lines" if stacked else "lines+markers",
        line={"color": colour, "width": 1.5},
        fill=("tozeroy" if not below.any() else "tonexty") if stacked else None,
        fillcolor=style.faint(colour, 0.55),
        error_y={
            "type": "data",
            "symmetric": False,
            "array": high - share,
            "arrayminus": share - low,
            "color": colour,
            "thickness": 1.2,
            "width": 3,
        },
        customdata=np.stack([share, low, high], 1),
        hovertemplate="n = %{x}: %{customdata[0]:.2f} (%{customdata[1]:.2f}–%{customdata[2]:.2f})"
        "<extra>" + name + "</extra>",
    )
    return top


def _names(figure: go.Figure, table, stacked: bool) -> None:
    """Each phase's name inside its area, where that is widest."""
    below = np.zeros(len(table))
    for name in [phase for phase in ORDER if phase in table["share"]]:
        share = table["share"][name].to_numpy()
        place, middle = int(share.argmax()), below + share / 2 if stacked else share
        if share[place] > MIN_NAMED:
            figure.add_scatter(
                x=[table.index[place]],
                y=[middle[place]],
                mode="text",
                hoverinfo="skip",
                text=[f"<b>{name if name == 'other' else name + 's'}</b>"],
                textposition="middle right" if place < len(table) / 2 else "middle left",
            )
        below = below + share


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
            x=np.log10(row["n"]) if log_x else row["n"],
            y=1,
            yref="paper",
            text=name,
            yshift=8 + 15 * (number % 6),
            yanchor="bottom",
            xanchor="center",
        )
