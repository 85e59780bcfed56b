"""The chains behind one λ̂: what each draw says, and the running mean; burn-in shaded."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.intervals import Z_95

TITLE = "Chains behind one λ̂"
DATA = "llc_draws"
OPTIONS = {**style.ESTIMATE}
MOST_NAMED = 8


def draw(data) -> go.Figure:
    """data: kept draws of every chain. Upper: nβ(L(w) − L(w*)); lower: its mean from draw 0 on."""
    if data.empty:
        return style.blank("No draws are stored for this estimate.")
    figure = make_subplots(rows=2, shared_xaxes=True, vertical_spacing=0.08)
    rise = data.assign(value=data["nbeta"] * (data["loss"] - data["init_loss"]))
    for chain, draws in rise.groupby("chain"):
        figure.add_traces(_chain(draws, f"chain {chain}", style.cycled(chain)))
    if data["chain"].nunique() > MOST_NAMED:
        figure.update_traces(showlegend=False)
    llc, error = data["llc"].iloc[0], data["std_err"].iloc[0]
    if llc == llc:
        above = {"layer": "above"}
        figure.add_shape(marks.strip(llc - Z_95 * error, llc + Z_95 * error, panel=2) | above)
        figure.add_shape(marks.level(llc, width=2, panel=2))
    _say_what_diverged(figure, data)
    shade_burn_in(figure, data, panels=2)
    figure.update_xaxes(title=axis_title(data), row=2, col=1)
    figure.update_yaxes(title="nβ (L(w) − L(w*))", row=1, col=1)
    figure.update_yaxes(title=marks.llc_title(data, "running mean of the draws kept"), row=2, col=1)
    return figure.update_layout(height=520, margin={"t": 50})


def _chain(draws, name: str, colour: str) -> list[dict]:
    """One chain in both panels; its mean ends where it diverges."""
    words = {"hover": "draw %{x}: %{y:.2f}", "name": name}
    kept = draws[draws["draw"] >= 0]
    mean = kept["value"].expanding().mean().where(kept["value"].notna())
    single = marks.line(draws, "draw", "value", colour, 1, **words) | {"showlegend": False}
    return [single, marks.line(kept, "draw", mean, colour, 2, panel=2, **words)]


def shade_burn_in(figure: go.Figure, data, panels: int = 1) -> None:
    """A grey ground beneath the draws before 0, named once; nothing where none are stored."""
    first = data["draw"].min()
    if first >= 0:
        return
    for panel in range(1, panels + 1):
        ground = marks.box(first, 0, 0, 1, style.faint(style.GREY, 0.18), panel=panel)
        figure.add_shape(ground | {"yref": f"{marks.axis('y', panel)} domain"})
    figure.add_annotation(marks.tag("burn-in", first, 1, at="below right", right=4) | {"yref": "y domain"})


def axis_title(data) -> str:
    """Of the axis of draws; says where burn-in was not stored."""
    return "draw, from the end of burn-in" if data["draw"].min() < 0 else "draw after burn-in (not stored)"


def _say_what_diverged(figure: go.Figure, data) -> None:
    lost = data.loc[data["loss"].isna() & (data["draw"] >= 0), "chain"].unique()
    if len(lost):
        words = f"diverged: chain {', '.join(str(chain) for chain in lost)}"
        figure.add_annotation(marks.note(words, "above right", 1, colour=style.VERMILION))
