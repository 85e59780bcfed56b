"""How long a chain remembers where it was."""

import numpy as np
import plotly.graph_objects as go

from devdash.figures import style

TITLE = "Autocorrelation of the loss"
DATA = "llc_draws"
OPTIONS = {**style.ESTIMATE}
FEWEST = 8


def draw(data) -> go.Figure:
    """data: kept draws. Thin: chains; thick: their mean. Band: 95 % of what independent draws would show."""
    kept = data[(data["draw"] >= 0) & data["loss"].notna()]
    lines = {chain: own for chain, own in kept.groupby("chain") if len(own) >= FEWEST}
    if not lines:
        return style.blank(f"Fewer than {FEWEST} draws are stored for each chain.")
    figure = go.Figure()
    every = float(np.median(np.diff(next(iter(lines.values()))["draw"])))
    curves = []
    for chain, own in lines.items():
        curves.append(correlate(own["loss"].to_numpy()))
        figure.add_scatter(
            x=every * np.arange(len(curves[-1])),
            y=curves[-1],
            mode="lines",
            line={"width": 1, "color": style.faint(style.COLOURS[int(chain) % len(style.COLOURS)], 0.6)},
            hovertemplate="lag %{x:.0f}: %{y:.2f}<extra>chain " + str(chain) + "</extra>",
        )
    length = min(map(len, curves))
    mean = np.mean([curve[:length] for curve in curves], axis=0)
    lag = every * np.arange(length)
    figure.add_scatter(
        x=lag,
        y=mean,
        mode="lines",
        line={"width": 3, "color": style.VERMILION},
        hovertemplate="lag %{x:.0f}: %{y:.2f}<extra>mean of the chains</extra>",
    )
    noise = 1.96 / np.sqrt(sum(map(len, lines.values())))
    figure.add_hrect(y0=-noise, y1=noise, line_width=0, fillcolor=style.faint(style.GREY, 0.3))
    style.end_label(figure, lag[-1], mean[-1], "mean", style.VERMILION)
    ess = data["ess"].iloc[0]
    figure.add_annotation(
        text=f"effective draws of all chains together: {ess:.0f}",
        x=1,
        y=1,
        xref="paper",
        yref="paper",
        xanchor="right",
        yanchor="top",
    )
    figure.update_xaxes(title="lag (draws)", range=[0, lag[-1]])
    figure.update_yaxes(title="autocorrelation", range=[min(-0.4, 1.1 * min(c.min() for c in curves)), 1.02])
    return figure.update_layout(showlegend=False, height=340, margin={"t": 20, "r": 60})


def correlate(values: np.ndarray) -> np.ndarray:
    """Autocorrelation at lags 0 … half the length; zero where all values are equal. values: (draw,)."""
    centred = values - values.mean()
    power = (centred**2).sum()
    sums = np.correlate(centred, centred, "full")[len(values) - 1 :][: len(values) // 2]
    return sums / power if power > 0 else np.zeros(len(sums))
