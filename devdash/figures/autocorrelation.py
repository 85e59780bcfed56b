"""How long a chain remembers where it was."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.intervals import Z_95

TITLE = "Autocorrelation of the loss"
DATA = "llc_draws"
OPTIONS = {**style.ESTIMATE}
FEWEST = 8


def draw(data) -> go.Figure:
    """data: kept draws. Thin: chains; thick: their mean. Band: 95 % of what independent draws would show."""
    kept = data[(data["draw"] >= 0) & data["loss"].notna()]
    losses = {
        chain: draws["loss"].to_numpy() for chain, draws in kept.groupby("chain") if len(draws) >= FEWEST
    }
    if not losses:
        return style.blank(f"Fewer than {FEWEST} draws are stored for each chain.")
    every = float(np.median(np.diff(kept[kept["chain"] == next(iter(losses))]["draw"])))
    curves = {chain: correlate(values) for chain, values in losses.items()}
    length, hover = min(map(len, curves.values())), "lag %{x:.0f}: %{y:.2f}"
    mean, lag = np.mean([curve[:length] for curve in curves.values()], axis=0), every * np.arange(length)
    figure = go.Figure()
    for chain, curve in curves.items():
        colour, lags = style.faint(style.cycled(chain), 0.6), every * np.arange(len(curve))
        figure.add_traces(marks.line(None, lags, curve, colour, 1, hover=hover, about=f"chain {chain}"))
    thick = marks.line(None, lag, mean, style.VERMILION, 3, hover=hover, about="mean of the chains")
    figure.add_traces(thick)
    noise = Z_95 / np.sqrt(sum(map(len, losses.values())))
    figure.add_shape(marks.strip(-noise, noise))
    figure.add_annotation(marks.tag("mean", lag[-1], mean[-1], style.VERMILION, right=6))
    words = f"effective draws of all chains together: {data['ess'].iloc[0]:.0f}"
    figure.add_annotation(marks.note(words, "top right"))
    lowest = min(curve.min() for curve in curves.values())
    figure.update_xaxes(title="lag (draws)", range=[0, lag[-1]])
    figure.update_yaxes(title="autocorrelation", range=[min(-0.4, 1.1 * lowest), 1.02])
    return figure.update_layout(showlegend=False, height=340, margin={"t": 20, "r": 60})


def correlate(values: np.ndarray) -> np.ndarray:
    """Autocorrelation at lags 0 … half the length; zero where all values are equal. values: (draw,)."""
    centred = values - values.mean()
    power = (centred**2).sum()
    sums = np.correlate(centred, centred, "full")[len(values) - 1 :][: len(values) // 2]
    return sums / power if power > 0 else np.zeros(len(sums))
