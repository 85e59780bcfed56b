"""Posterior draws on the simplices of every tuple: ternary plots of three entries, strips of two."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from devdash.figures import style
from devdash.figures.programs import marks as program_marks

TITLE = "Posterior draws on each tuple's simplex"
DATA = {"draws": "program_draws", "codes": "program_codes"}
OPTIONS = {"problem": "detectA", "part": "write", "n": 10_000.0}
PER_ROW = 3
MOVES = ("Left", "Stay", "Right")
COLUMNS = ("first", "second", "third")


def draw(data, part="write") -> go.Figure:
    """data: draws of one part (write, state, move) of every tuple; the table of tuples.

    A cross marks the code.
    """
    draws, codes = data["draws"], data["codes"]
    if draws.empty:
        return style.blank("No draws of this problem are stored for this n.")
    column = {"write": "symbol", "state": "state"}.get(part)
    names = list(codes[column].drop_duplicates()) if column else list(MOVES)
    return _strips(draws, names) if len(names) == 2 else _ternary(draws, names)


def _ternary(draws, names: list[str]) -> go.Figure:
    tuples = draws["place"].unique()
    rows = -(-len(tuples) // PER_ROW)
    figure = make_subplots(
        rows=rows,
        cols=PER_ROW,
        specs=[[{"type": "ternary"}] * PER_ROW] * rows,
        vertical_spacing=0.2,
        horizontal_spacing=0.09,
    )
    notes = []
    for number, place in enumerate(tuples):
        own = draws[draws["place"] == place]
        where = {"row": number // PER_ROW + 1, "col": number % PER_ROW + 1}
        for start, group in own.groupby("start"):
            figure.add_scatterternary(
                a=group["first"],
                b=group["second"],
                c=group["third"],
                mode="markers",
                name=_start(start),
                legendgroup=start,
                showlegend=number == 0,
                **where,
                marker={"size": 3, "color": program_marks.STARTS[start], "opacity": 0.45},
                hovertemplate=f"{names[0]} %{{a:.3f}}, {names[1]} %{{b:.3f}}, {names[2]} %{{c:.3f}}"
                "<extra></extra>",
            )
        corner = [float(name == own["coded"].iloc[0]) for name in names]
        figure.add_scatterternary(
            a=corner[:1],
            b=corner[1:2],
            c=corner[2:],
            mode="markers",
            name="code",
            legendgroup="the code",
            showlegend=number == 0,
            hoverinfo="skip",
            cliponaxis=False,
            **where,
            marker={"symbol": "x-thin", "size": 11, "line": {"width": 2.5, "color": style.GREY}},
        )
        notes.append((number, own.iloc[0]))
    axis = {"showticklabels": False, "ticks": "", "showgrid": False, "linecolor": style.GREY, "min": 0}
    corners = {
        f"{key}axis": axis | {"title": {"text": name, "font": {"size": 12}}}
        for key, name in zip("abc", names, strict=True)
    }
    figure.update_ternaries(bgcolor=style.CLEAR, sum=1, **corners)
    for number, row in notes:
        domain = figure.layout["ternary" + (str(number + 1) if number else "")].domain
        figure.add_annotation(
            text=f"<b>{row['symbol']}, {row['state']}</b>",
            x=sum(domain.x) / 2,
            y=domain.y[1],
            xref="paper",
            yref="paper",
            yshift=24,
            yanchor="bottom",
        )
    return figure.update_layout(
        height=120 + 250 * rows, margin={"t": 110, "l": 40, "r": 40, "b": 30}, legend=_legend()
    )


def _strips(draws, names: list[str]) -> go.Figure:
    """Two entries: a line from one to the other, draws spread across it by their chain."""
    tuples = list(draws["place"].unique())
    figure = go.Figure()
    for start, group in draws.groupby("start"):
        height = group["place"].map({place: number for number, place in enumerate(tuples)})
        chains = group["chain"] - draws["chain"].max() / 2
        figure.add_scatter(
            x=group["second"],
            y=height + 0.6 * chains / (1 + draws["chain"].max()),
            mode="markers",
            name=_start(start),
            marker={"size": 3, "color": program_marks.STARTS[start], "opacity": 0.45},
            hovertemplate=f"{names[1]} %{{x:.3f}}<extra>{start}</extra>",
        )
    first = draws.drop_duplicates("place")
    figure.add_scatter(
        x=[float(coded == names[1]) for coded in first["coded"]],
        y=list(range(len(tuples))),
        mode="markers",
        name="code",
        hoverinfo="skip",
        marker={"symbol": "x-thin", "size": 11, "line": {"width": 2.5, "color": style.GREY}},
    )
    labels = [f"{row['symbol']}, {row['state']}" for _, row in first.iterrows()]
    figure.update_xaxes(title=f"chance of {names[1]} (0: {names[0]})", range=[-0.04, 1.04], dtick=0.25)
    figure.update_yaxes(
        title="symbol read, state",
        tickvals=list(range(len(tuples))),
        ticktext=labels,
        range=[len(tuples) - 0.5, -0.5],
    )
    return figure.update_layout(height=130 + 62 * len(tuples), margin={"t": 70}, legend=_legend())


def _start(start: str) -> str:
    return f"chains from the {start}"


def _legend() -> dict:
    return {"itemsizing": "constant", "y": 1.0, "yref": "container", "yanchor": "top"}
