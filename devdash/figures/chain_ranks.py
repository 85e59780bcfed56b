"""Rank plots: do all chains visit the same losses equally often?"""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "Rank plots: even bars where chains mix"
DATA = "llc_draws"
OPTIONS = {**style.ESTIMATE}
PER_ROW, MOST_CHAINS, MOST_BINS = 4, 16, 20


def draw(data) -> go.Figure:
    """data: kept draws. Ranks over all chains, counted for each chain (Vehtari et al. 2021, section 5).

    Dashed: even shares; band: 95 % of independent draws lie inside, so that slow chains leave it.
    """
    kept = data[(data["draw"] >= 0) & data["loss"].notna()]
    whole = kept.groupby("chain")["loss"].transform("size") == kept.groupby("chain").size().max()
    kept = kept[whole]
    if kept.empty:
        return style.blank("No draws are stored for this estimate.")
    chains, each = kept["chain"].unique(), len(kept) // kept["chain"].nunique()
    shown = chains[
        np.unique(np.linspace(0, len(chains) - 1, min(len(chains), MOST_CHAINS)).round().astype(int))
    ]
    bins = max(4, min(MOST_BINS, each // 5))
    bucket = ((kept["loss"].rank(method="average") - 0.5) * bins // len(kept)).astype(int)
    per_row = min(PER_ROW, len(shown))
    rows = -(-len(shown) // per_row)
    figure = make_subplots(
        rows=rows,
        cols=per_row,
        shared_xaxes=True,
        shared_yaxes=True,
        horizontal_spacing=0.02,
        vertical_spacing=0.3 / (rows + 1),
        subplot_titles=[f"chain {chain}" for chain in shown],
    )
    even, spread = each / bins, 1.96 * np.sqrt(each / bins * (1 - 1 / bins))
    for number, chain in enumerate(shown):
        place = {"row": number // per_row + 1, "col": number % per_row + 1}
        counts = np.bincount(bucket[kept["chain"] == chain], minlength=bins)
        figure.add_bar(
            x=(np.arange(bins) + 0.5) / bins,
            y=counts,
            width=0.94 / bins,
            **place,
            marker={"color": style.COLOURS[int(chain) % len(style.COLOURS)]},
            hovertemplate=f"%{{y}} of {each} draws<extra>chain {chain}</extra>",
        )
    figure.add_hrect(
        y0=even - spread,
        y1=even + spread,
        line_width=0,
        fillcolor=style.faint(style.GREY, 0.3),
        row="all",
        col="all",
    )
    figure.add_hline(y=even, line={"color": style.GREY, "dash": "dash", "width": 1}, row="all", col="all")
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.5])
    figure.update_xaxes(title="rank of the loss", row=rows, col=(per_row + 1) // 2)
    figure.update_yaxes(title="draws", col=1)
    if len(shown) < len(chains):
        figure.add_annotation(
            text=f"{len(shown)} of {len(chains)} chains",
            x=1,
            y=1,
            xref="paper",
            yref="paper",
            xanchor="right",
            yanchor="bottom",
            yshift=22,
        )
    return figure.update_layout(showlegend=False, height=90 + 130 * rows, margin={"t": 50})
