"""2-simplicial weights A_jk of every entity on a board: which pair of virtual entities it reads."""

import plotly.graph_objects as go

from devdash.figures import marks, style
from devdash.figures.logic import marks as logic_marks

TITLE = "Which pair each thing attends to: weights Aⱼₖ"
DATA = {"pairs": "board_pairs", "things": "board_things"}
OPTIONS = {"agent": None, "episode": None, "step": None, "query": None}
MOST_WRITTEN = 9  # pairs of a block whose weights are written into their cells
GAP = 0.5


def draw(data, query=None) -> go.Figure:
    """data: A_jk by query, block and head; things: for their names. One row for each entity, a group of
    columns for each block and head. query: the entity whose row is framed."""
    pairs, things = data["pairs"], data["things"]
    if pairs.empty:
        return style.blank("This agent attends to single entities only: it has no weights on pairs.")
    names = {row["entity"]: logic_marks.thing(row) for row in things.to_dict("records")}
    rows = {entity: place for place, entity in enumerate(sorted(pairs["query"].unique()))}
    size = int(pairs[["j", "k"]].max().max()) + 1
    figure, shapes, ticks = go.Figure(), [], {}
    groups = pairs.groupby(["block", "head"], sort=False)
    for number, ((block, head), weights) in enumerate(groups):
        start = number * (size**2 + GAP)
        weights = weights.assign(x=start + weights["j"] * size + weights["k"], y=weights["query"].map(rows))
        for x, y, weight in weights[["x", "y", "weight"]].itertuples(index=False):
            shade = style.faint(style.VERMILION, 0.04 + 0.86 * float(weight))
            shapes.append(marks.cell(x, y, shade, (0.48, 0.46)))
        figure.add_traces(_words(weights, written=size**2 <= MOST_WRITTEN))
        title = f"block {block + 1}" + (f", head {head + 1}" if pairs["head"].nunique() > 1 else "")
        name = marks.tag(title, start + (size**2 - 1) / 2, 1, at="above center")
        figure.add_annotation(name | {"yref": "paper"})
        ticks |= {start + j * size + k: f"{j + 1},{k + 1}" for j in range(size) for k in range(size)}
    if query in rows:
        ends = (-0.5, max(ticks) + 0.5, rows[query] - 0.5, rows[query] + 0.5)
        shapes.append(marks.box(*ends, frame={"color": style.BLUE, "width": 2}))
    figure.update_layout(shapes=shapes)
    plain = {"showgrid": False, "zeroline": False, "ticks": "", "tickfont": {"size": 11}}
    columns = {"tickvals": list(ticks), "ticktext": list(ticks.values()), "tickangle": 0}
    figure.update_xaxes(title="virtual entities j, k", **columns, **plain)
    marks.row_axis(figure, [names.get(entity, str(entity)) for entity in rows])
    figure.update_yaxes(range=[len(rows) - 0.5, -0.5], **plain)
    return figure.update_layout(showlegend=False, height=120 + 34 * len(rows), margin={"t": 30})


def _words(weights, written: bool) -> dict:
    """Weights in their cells where there is room, and under the mouse."""
    counted = weights.assign(first=weights["j"] + 1, second=weights["k"] + 1)
    text = [f"{weight:.2f}".lstrip("0") for weight in weights["weight"]]
    words = marks.trace(counted, "x", "y", "pair ({first}, {second}): {weight:.3f}")
    return words | {"mode": "text" if written else "none", "text": text, "textfont": {"size": 11}}
