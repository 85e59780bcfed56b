"""A smooth Turing machine at work: the tape around the head and the state, step by step."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style

TITLE = "The run: tape around the head, and state, from step to step"
DATA = {"tape": "program_tape", "states": "program_states"}
OPTIONS = {"problem": "detectA", "word": None, "edge": None, "mass": 0.1}
COLOURS = (style.ORANGE, style.BLUE, style.GREEN, style.PINK)  # of symbols; a blank has none
NAMED = 0.5  # symbols less likely than this are not written into their square
SHARES = 0.005  # chances below it are not written, nor coloured
DARKEST = 0.75


def draw(data) -> go.Figure:
    """data: chance of each symbol by step and square, of each state by step. Colours mix as chances do."""
    tape, states = data["tape"], data["states"]
    if tape.empty:
        return style.blank("No code of this problem is stored in this run.")
    steps, numbers = int(tape["step"].max()), states["state"].nunique()
    titles, gaps = ["symbols; the head stands at 0", "state"], {"column_widths": [0.66, 0.34]}
    gaps |= {"shared_yaxes": True, "horizontal_spacing": 0.03}
    figure = make_subplots(cols=2, subplot_titles=titles, **gaps)
    for symbol, colour in zip(list(tape["symbol"].unique())[1:], COLOURS, strict=False):
        chances = tape[tape["symbol"] == symbol]
        hover = "{symbol}: {chance:.4f}<br>step {step}, square {square}"
        figure.add_traces(_layer(chances, "square", colour, hover, 1))
    names = list(states["state"].unique())
    states = states.assign(place=states["state"].map(names.index))
    figure.add_traces(_layer(states, "place", style.PURPLE, "{state}: {chance:.5f}<br>step {step}", 2))
    figure.add_traces([_symbols(tape), _shares(states, 11 if numbers < 3 else 9)])
    head = {"color": style.GREY, "width": 1.5}
    figure.add_shape(marks.box(-0.5, 0.5, -0.5, steps + 0.5, frame=head))
    figure.update_xaxes(title="square, from the head", dtick=2, zeroline=False, row=1, col=1)
    ticks = {"tickvals": list(range(numbers)), "ticktext": names, "range": [-0.5, numbers - 0.5]}
    figure.update_xaxes(title="", tickangle=0 if numbers < 3 else -45, zeroline=False, row=1, col=2, **ticks)
    few = steps < 12
    plain = {"showgrid": False, "zeroline": False}
    figure.update_xaxes(showgrid=False)
    figure.update_yaxes(range=[steps + 0.5, -0.5], dtick=1 if few else 5, title="", **plain)
    figure.update_yaxes(title="step", row=1, col=1)
    height = 130 + (steps + 1) * (40 if few else 20)
    return figure.update_layout(showlegend=False, height=height, barmode="overlay")


def _symbols(tape) -> dict:
    """The likeliest symbol of each square, where it is no blank and likely enough."""
    best = tape.loc[tape.groupby(["step", "square"])["chance"].idxmax()]
    best = best[(best["chance"] >= NAMED) & (best["symbol"] != tape["symbol"].iloc[0])]
    return marks.trace(best, "square", "step") | {"mode": "text", "text": best["symbol"]}


def _shares(states, size: int) -> dict:
    """Chances of the states, written into their cells."""
    likely = states[states["chance"] >= SHARES]
    text = [f"{chance:.3f}".rstrip("0").rstrip(".") for chance in likely["chance"]]
    words = {"mode": "text", "text": text, "textfont": {"size": size}}
    return marks.trace(likely, "place", "step", panel=2) | words


def _layer(chances, column: str, colour: str, hover: str, panel: int) -> dict:
    """Chances as the opacity of a colour."""
    drawn = chances[chances["chance"] >= SHARES]
    colours = [style.faint(colour, round(DARKEST * chance, 3)) for chance in drawn["chance"]]
    return marks.cells(drawn, column, "step", colours, hover, panel)
