"""Rank plots: do all chains visit the same losses equally often?"""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.intervals import Z_95
from devdash.thinning import evenly

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
    picked = evenly(len(chains), MOST_CHAINS)
    bins = max(4, min(MOST_BINS, each // 5))
    bucket = ((kept["loss"].rank(method="average") - 0.5) * bins // len(kept)).astype(int)
    per_row, rows = min(PER_ROW, len(picked)), -(-len(picked) // PER_ROW)
    titles = [f"chain {chain}" for chain in chains[picked]]
    gaps = {"horizontal_spacing": 0.02, "vertical_spacing": 0.3 / (rows + 1), "subplot_titles": titles}
    figure = make_subplots(rows, per_row, shared_xaxes=True, shared_yaxes=True, **gaps)
    even, half = each / bins, Z_95 * np.sqrt(each / bins * (1 - 1 / bins))
    for panel, chain in enumerate(chains[picked], 1):
        counts = np.bincount(bucket[kept["chain"] == chain], minlength=bins)
        words = {"hover": f"%{{y}} of {each} draws", "about": f"chain {chain}", "panel": panel}
        bars = {"type": "bar", "width": 0.94 / bins, "marker": {"color": style.cycled(chain)}}
        figure.add_traces(marks.trace(None, (np.arange(bins) + 0.5) / bins, counts, **words) | bars)
        figure.add_shape(marks.strip(even - half, even + half, panel=panel) | {"layer": "above"})
        figure.add_shape(marks.level(even, width=1, panel=panel))
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.5])
    figure.update_xaxes(title="rank of the loss", row=rows, col=(per_row + 1) // 2)
    figure.update_yaxes(title="draws", col=1)
    if len(picked) < len(chains):
        words = f"{len(picked)} of {len(chains)} chains"
        figure.add_annotation(marks.note(words, "above right", up=22))
    return figure.update_layout(showlegend=False, height=90 + 130 * rows, margin={"t": 50})
