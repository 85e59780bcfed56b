"""The chains behind one λ̂: what each draw says, and the running mean."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "Chains behind one λ̂"
DATA = "llc_draws"
OPTIONS = {"component": None, "distribution": None, "target": None, "step": None}


def draw(data) -> go.Figure:
    """data: kept draws of every chain. Upper: nβ(L(w) − L(w*)); lower: its running mean."""
    if data.empty:
        return style.blank("No draws are stored for this estimate.")
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.08)
    for chain, own in data.groupby("chain"):
        colour = style.COLOURS[int(chain) % len(style.COLOURS)]
        value = own["nbeta"] * (own["loss"] - own["init_loss"])
        line = {"x": own["draw"], "mode": "lines", "name": f"chain {chain}", "legendgroup": chain}
        hover = "draw %{x}: %{y:.2f}<extra>chain " + str(chain) + "</extra>"
        figure.add_scatter(y=value, line={"color": colour, "width": 1}, hovertemplate=hover,
                           showlegend=False, row=1, col=1, **line)  # fmt: skip
        figure.add_scatter(y=value.expanding().mean(), line={"color": colour, "width": 2},
                           hovertemplate=hover, showlegend=len(data["chain"].unique()) <= 8,
                           row=2, col=1, **line)  # fmt: skip
    llc, error = data["llc"].iloc[0], data["std_err"].iloc[0]
    if llc == llc:
        figure.add_hrect(
            y0=llc - 1.96 * error, y1=llc + 1.96 * error, line_width=0, row=2, col=1,
            fillcolor=style.faint("#8a9099", 0.3),
        )  # fmt: skip
        figure.add_hline(y=llc, line={"color": style.GREY, "dash": "dash"}, row=2, col=1)
    figure.update_xaxes(title="draw after burn-in", row=2, col=1)
    figure.update_yaxes(title="nβ (L(w) − L(w*))", row=1, col=1)
    figure.update_yaxes(title="running mean, λ̂", row=2, col=1)
    return figure.update_layout(height=520, margin={"t": 50})
