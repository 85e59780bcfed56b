"""The chains behind one λ̂: what each draw says, and the running mean; burn-in shaded."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "Chains behind one λ̂"
DATA = "llc_draws"
OPTIONS = {**style.ESTIMATE}
MOST_NAMED = 8


def draw(data) -> go.Figure:
    """data: kept draws of every chain. Upper: nβ(L(w) − L(w*)); lower: its mean from draw 0 on."""
    if data.empty:
        return style.blank("No draws are stored for this estimate.")
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.08)
    for chain, own in data.groupby("chain"):
        colour = style.COLOURS[int(chain) % len(style.COLOURS)]
        value = own["nbeta"] * (own["loss"] - own["init_loss"])
        kept = own["draw"] >= 0
        line = {"mode": "lines", "name": f"chain {chain}", "legendgroup": chain}
        hover = "draw %{x}: %{y:.2f}<extra>chain " + str(chain) + "</extra>"
        figure.add_scatter(
            x=own["draw"],
            y=value,
            line={"color": colour, "width": 1},
            hovertemplate=hover,
            showlegend=False,
            row=1,
            col=1,
            **line,
        )
        figure.add_scatter(
            x=own["draw"][kept],
            y=_running_mean(value[kept]),
            hovertemplate=hover,
            line={"color": colour, "width": 2},
            row=2,
            col=1,
            showlegend=data["chain"].nunique() <= MOST_NAMED,
            **line,
        )
    llc, error = data["llc"].iloc[0], data["std_err"].iloc[0]
    if llc == llc:
        figure.add_hrect(
            y0=llc - 1.96 * error,
            y1=llc + 1.96 * error,
            line_width=0,
            row=2,
            col=1,
            fillcolor=style.faint("#8a9099", 0.3),
        )
        figure.add_hline(y=llc, line={"color": style.GREY, "dash": "dash"}, row=2, col=1)
    _say_what_diverged(figure, data)
    shade_burn_in(figure, data, rows=2)
    figure.update_xaxes(title=axis_title(data), row=2, col=1)
    figure.update_yaxes(title="nβ (L(w) − L(w*))", row=1, col=1)
    figure.update_yaxes(title="running mean of the draws kept", row=2, col=1)
    return figure.update_layout(height=520, margin={"t": 50})


def _running_mean(value):
    """Mean of the draws so far; ends where a chain diverges."""
    return value.expanding().mean().where(value.notna())


def shade_burn_in(figure: go.Figure, data, rows: int = 1) -> None:
    """A grey ground beneath the draws before 0, named once; nothing where none are stored."""
    first = data["draw"].min()
    if first >= 0:
        return
    for row in range(1, rows + 1):
        figure.add_vrect(
            x0=first,
            x1=0,
            line_width=0,
            fillcolor=style.faint(style.GREY, 0.18),
            layer="below",
            row=row,
            col=1,
        )
    figure.add_annotation(
        text="burn-in", x=first, y=1, yref="y domain", xanchor="left", yanchor="top", xshift=4, row=1, col=1
    )


def axis_title(data) -> str:
    """Of the axis of draws; says where burn-in was not stored."""
    return "draw, from the end of burn-in" if data["draw"].min() < 0 else "draw after burn-in (not stored)"


def _say_what_diverged(figure: go.Figure, data) -> None:
    lost = data.loc[data["loss"].isna() & (data["draw"] >= 0), "chain"].unique()
    if len(lost):
        figure.add_annotation(
            text=f"diverged: chain {', '.join(str(c) for c in lost)}",
            x=1,
            y=1,
            xref="x domain",
            yref="y domain",
            xanchor="right",
            yanchor="bottom",
            font={"color": style.VERMILION},
        )
