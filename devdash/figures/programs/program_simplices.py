"""Posterior draws on the simplices of every tuple: ternary plots of three entries, strips of two."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import marks, style
from devdash.figures.programs.problems import STARTS

TITLE = "Posterior draws on each tuple's simplex"
DATA = {"draws": "program_draws", "codes": "program_codes"}
OPTIONS = {"problem": "detectA", "part": "write", "n": 10_000.0}
PER_ROW = 3
MOVES = ("Left", "Stay", "Right")
CODE = {"symbol": "x-thin", "size": 11, "line": {"width": 2.5, "color": style.GREY}}


def draw(data, part="write") -> go.Figure:
    """data: draws of one part (write, state, move) of every tuple; the table of tuples.

    A cross marks the code.
    """
    draws, codes = data["draws"], data["codes"]
    if draws.empty:
        return style.blank("No draws of this problem are stored for this n.")
    column = {"write": "symbol", "state": "state"}.get(part)
    names = list(codes[column].drop_duplicates()) if column else list(MOVES)
    figure = _strips(draws, names) if len(names) == 2 else _ternary(draws, names)
    return figure.update_layout(
        legend={"itemsizing": "constant", "y": 1.0, "yref": "container", "yanchor": "top"}
    )


def _ternary(draws, names: list[str]) -> go.Figure:
    tuples = [rows for _, rows in draws.groupby("place", sort=False)]
    rows = -(-len(tuples) // PER_ROW)
    specs, gaps = [[{"type": "ternary"}] * PER_ROW] * rows, {"vertical_spacing": 0.2}
    figure = make_subplots(rows=rows, cols=PER_ROW, specs=specs, horizontal_spacing=0.09, **gaps)
    traces = [trace for number, rows in enumerate(tuples, 1) for trace in _triangle(rows, names, number)]
    figure.add_traces(marks.once(traces))
    axis = {"showticklabels": False, "ticks": "", "showgrid": False, "linecolor": style.GREY, "min": 0}
    titles = [axis | {"title": {"text": name, "font": {"size": 12}}} for name in names]
    figure.update_ternaries(bgcolor=style.CLEAR, sum=1, aaxis=titles[0], baxis=titles[1], caxis=titles[2])
    for number, first in enumerate((rows.iloc[0] for rows in tuples), 1):
        domain = figure.layout[_subplot(number)].domain
        text = f"<b>{first['symbol']}, {first['state']}</b>"
        name = marks.tag(text, sum(domain.x) / 2, domain.y[1], at="above center", up=24)
        figure.add_annotation(name | {"xref": "paper", "yref": "paper"})
    margin = {"t": 110, "l": 40, "r": 40, "b": 30}
    return figure.update_layout(height=120 + 250 * rows, margin=margin)


def _triangle(draws, names: list[str], number: int) -> list[dict]:
    """Draws of one tuple by the start of their chains, and a cross at the code's corner."""
    place, traces = {"type": "scatterternary", "mode": "markers", "subplot": _subplot(number)}, []
    hover = f"{names[0]} %{{a:.3f}}, {names[1]} %{{b:.3f}}, {names[2]} %{{c:.3f}}<extra></extra>"
    for start, rows in draws.groupby("start"):
        entries = dict(zip("abc", (rows[name] for name in ("first", "second", "third")), strict=True))
        look = {"marker": _dots(start), "name": _start(start), "legendgroup": start}
        traces.append(place | entries | look | {"hovertemplate": hover})
    corner = {
        letter: [float(name == draws["coded"].iloc[0])] for letter, name in zip("abc", names, strict=True)
    }
    code = {"name": "code", "legendgroup": "the code", "hoverinfo": "skip", "marker": CODE}
    return [*traces, place | corner | code | {"cliponaxis": False}]


def _subplot(number: int) -> str:
    return f"ternary{number if number > 1 else ''}"


def _strips(draws, names: list[str]) -> go.Figure:
    """Two entries: a line from one to the other, draws set apart across it by their chain."""
    tuples, chains = list(draws["place"].unique()), draws["chain"].max()
    aside = 0.6 * (draws["chain"] - chains / 2) / (1 + chains)
    draws = draws.assign(height=draws["place"].map(tuples.index) + aside)
    figure = go.Figure()
    for start, rows in draws.groupby("start"):
        words = {"hover": f"{names[1]} %{{x:.3f}}", "name": _start(start), "about": start}
        figure.add_traces(marks.points(rows, "second", "height", STARTS[start], marker=_dots(start), **words))
    first = draws.drop_duplicates("place")
    corners = [float(coded == names[1]) for coded in first["coded"]]
    cross = {"marker": CODE, "name": "code"}
    figure.add_traces(marks.points(first, corners, list(range(len(first))), style.GREY, **cross))
    figure.update_xaxes(title=f"chance of {names[1]} (0: {names[0]})", range=[-0.04, 1.04], dtick=0.25)
    marks.row_axis(figure, [f"{row['symbol']}, {row['state']}" for _, row in first.iterrows()])
    bounds = [len(tuples) - 0.5, -0.5]
    figure.update_yaxes(title="symbol read, state", range=bounds, zeroline=None)
    return figure.update_layout(height=130 + 62 * len(tuples), margin={"t": 70})


def _start(start: str) -> str:
    return f"chains from the {start}"


def _dots(start: str) -> dict:
    return {"size": 3, "color": STARTS[start], "opacity": 0.45}
