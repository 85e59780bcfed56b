"""A smooth Turing machine at work: the tape around the head and the state, step by step."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style

TITLE = "The run: tape around the head, and state, from step to step"
DATA = {"tape": "program_tape", "states": "program_states"}
BITMAP = True  # its cells are a heat map, which Plotly draws as a picture
OPTIONS = {"problem": "detectA", "word": None, "edge": None, "mass": 0.1}
COLOURS = (style.ORANGE, style.BLUE, style.GREEN, style.PINK)  # of symbols; a blank has none
NAMED = 0.5  # symbols less likely than this are not written into their square
SHARES = 0.005  # chances below it are not written


def draw(data) -> go.Figure:
    """data: chance of each symbol by step and square, of each state by step. Colours mix as chances do."""
    tape, states = data["tape"], data["states"]
    if tape.empty:
        return style.blank("No code of this problem is stored in this run.")
    steps = int(tape["step"].max())
    numbers = states["state"].nunique()
    figure = make_subplots(
        cols=2,
        shared_yaxes=True,
        horizontal_spacing=0.03,
        column_widths=[0.66, 0.34],
        subplot_titles=["symbols; the head stands at 0", "state"],
    )
    for symbol, colour in zip(list(tape["symbol"].unique())[1:], COLOURS, strict=False):
        own = tape[tape["symbol"] == symbol].pivot(index="step", columns="square", values="chance")
        _layer(figure, own.columns, own, colour, f"{symbol}: %{{z:.4f}}<br>step %{{y}}, square %{{x}}", 1)
    best = tape.loc[tape.groupby(["step", "square"])["chance"].idxmax()]
    best = best[(best["chance"] >= NAMED) & (best["symbol"] != tape["symbol"].iloc[0])]
    figure.add_scatter(
        x=best["square"], y=best["step"], text=best["symbol"], mode="text", hoverinfo="skip", row=1, col=1
    )
    own = states.pivot(index="step", columns="state", values="chance")[list(states["state"].unique())]
    _layer(figure, own.columns, own, style.PURPLE, "%{x}: %{z:.5f}<br>step %{y}", 2)
    shown = states[states["chance"] >= SHARES]
    figure.add_scatter(
        x=shown["state"],
        y=shown["step"],
        text=[f"{chance:.3f}".rstrip("0").rstrip(".") for chance in shown["chance"]],
        mode="text",
        textfont={"size": 11 if numbers < 3 else 9},
        hoverinfo="skip",
        row=1,
        col=2,
    )
    head = {"color": style.GREY, "width": 1.5}
    figure.add_shape(type="rect", x0=-0.5, x1=0.5, y0=-0.5, y1=steps + 0.5, line=head, row=1, col=1)
    figure.update_xaxes(title="square, from the head", dtick=2, zeroline=False, row=1, col=1)
    figure.update_xaxes(title="", tickangle=0 if numbers < 3 else -45, row=1, col=2)
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(
        range=[steps + 0.5, -0.5], showgrid=False, zeroline=False, dtick=1 if steps < 12 else 5, title=""
    )
    figure.update_yaxes(title="step", row=1, col=1)
    return figure.update_layout(showlegend=False, height=130 + (steps + 1) * (40 if steps < 12 else 20))


def _layer(figure: go.Figure, x, chances, colour: str, hover: str, col: int) -> None:
    figure.add_heatmap(
        x=list(x),
        y=list(chances.index),
        z=chances.to_numpy(),
        zmin=0,
        zmax=1,
        showscale=False,
        xgap=1,
        ygap=1,
        colorscale=[[0, style.faint(colour, 0.0)], [1, style.faint(colour, 0.75)]],
        hovertemplate=hover + "<extra></extra>",
        row=1,
        col=col,
    )
